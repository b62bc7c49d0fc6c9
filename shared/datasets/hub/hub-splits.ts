import { UserError } from "../../errors.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { DATA_FILE } from "../reading/dataset-format.ts";

/** A data file of a repository and what it belongs to. */
export interface SplitFile {
  path: string;
  subset: string;
  split: string;
}

/** The hub's own conversion to Parquet: `<subset>/<split>/0000.parquet`; empty where it holds only a part of the rows. */
export function convertedFiles(paths: string[]): SplitFile[] {
  const files = paths.flatMap((path) => {
    const [subset, split, file, ...more] = path.split("/");
    return subset && split && file?.endsWith(".parquet") && more.length === 0
      ? [{ path, subset, split }]
      : [];
  });
  return files.some(({ split }) => split.startsWith("partial-")) ? [] : files;
}

/** What a repository's README declares: the data files that are there, and patterns that no file matches. */
export interface DeclaredFiles {
  files: SplitFile[];
  /** `path` is the pattern. */
  missing: SplitFile[];
}

/** Data files by the `configs` that the repository's README declares; none where it declares none. */
export function declaredFiles(paths: string[], card: unknown): DeclaredFiles {
  const configs = (card as { configs?: unknown } | null)?.configs;
  if (!Array.isArray(configs)) return { files: [], missing: [] };
  const declared = configs.flatMap((config: { config_name?: unknown; data_files?: unknown }) => {
    const subset = typeof config?.config_name === "string" ? config.config_name : "default";
    return splitsOf(config?.data_files).map((one) => ({ subset, ...one }));
  });
  const files = declared.flatMap(({ subset, split, patterns }) =>
    paths
      .filter((path) => patterns.some((one) => matches(path, one)))
      .map((path) => ({ path, subset, split })),
  );
  const missing = declared.flatMap(({ subset, split, patterns }) =>
    patterns
      .filter((one) => !paths.some((path) => matches(path, one)))
      .map((path) => ({ path, subset, split })),
  );
  return { files, missing };
}

function splitsOf(dataFiles: unknown): { split: string; patterns: string[] }[] {
  const list = Array.isArray(dataFiles) ? dataFiles : [dataFiles];
  return list.flatMap((entry) => {
    if (typeof entry === "string") return [{ split: "train", patterns: [entry] }];
    if (typeof entry?.split !== "string") return [];
    return [{ split: entry.split, patterns: [entry.path].flat().filter((path) => typeof path === "string") }];
  });
}

/** A glob of a dataset card: `**` any folders, `*` anything within one, `?` one character. */
function matches(path: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/?|\*|\?/g, (wild) => (wild.startsWith("**") ? ".*" : wild === "*" ? "[^/]*" : "[^/]"));
  return new RegExp(`^${pattern}$`).test(path);
}

/** Names of splits inside file names, as the hub's own loader knows them. */
const SPLIT_WORDS: [split: string, words: RegExp][] = [
  ["validation", /(?:^|[-_./\s])(?:validation|valid|val|dev)(?=[-_./\s\d]|$)/i],
  ["test", /(?:^|[-_./\s])(?:test|testing|eval|evaluation)(?=[-_./\s\d]|$)/i],
  ["train", /(?:^|[-_./\s])(?:train|training)(?=[-_./\s\d]|$)/i],
];
const NO_DATA = /(?:^|\/)(?:dataset_infos?|state|config|package|tokenizer\w*)\.json$/i;

/** Data files by their names: `train-00000-of-00002.parquet`, `test.jsonl`; a file without a split's name is train. */
export function filesByName(paths: string[]): SplitFile[] {
  const data = paths.filter(
    (path) => DATA_FILE.test(path) && !NO_DATA.test(path) && !/(?:^|\/)[._]/.test(path),
  );
  const kinds = ["parquet", "jsonl", "ndjson", "json", "csv", "tsv"];
  const kindOf = (path: string) => DATA_FILE.exec(path)![1]!.toLowerCase();
  const kind = kinds.find((one) => data.some((path) => kindOf(path) === one));
  return data
    .filter((path) => kindOf(path) === kind)
    .map((path) => {
      const folders = path
        .split("/")
        .slice(0, -1)
        .filter((folder) => folder !== "data");
      const numbered = /(?:^|\/)([\w.]+)-\d{5}-of-\d{5}/.exec(path)?.[1];
      const word = SPLIT_WORDS.find(([, words]) => words.test(path))?.[0];
      return { path, subset: folders[0] ?? "default", split: numbered ?? word ?? "train" };
    });
}

/**
 * The files of one split, in order. Without a subset: `default` or the only one; without a split: `train` or the only one.
 * @throws UserError that lists what there is
 */
export function chooseSplit(
  repo: string,
  files: SplitFile[],
  wanted: { subset?: string | undefined; split?: string | undefined },
): string[] {
  const subset = choose(
    repo,
    "subset",
    files.map((file) => file.subset),
    wanted.subset,
    "default",
  );
  const ofSubset = files.filter((file) => file.subset === subset);
  const split = choose(
    repo,
    "split",
    ofSubset.map((file) => file.split),
    wanted.split,
    "train",
  );
  return ofSubset
    .filter((file) => file.split === split)
    .map((file) => file.path)
    .sort((a, b) => (a < b ? -1 : 1));
}

function choose(
  repo: string,
  what: string,
  names: string[],
  wanted: string | undefined,
  usual: string,
): string {
  const there = [...new Set(names)];
  const name = wanted ?? (there.includes(usual) || there.length !== 1 ? usual : there[0]!);
  if (there.includes(name)) return name;
  const near = wanted === undefined ? undefined : nearestNames(wanted, there, 1)[0];
  throw new UserError(
    `The hub dataset ${repo} has ${wanted === undefined ? `several ${what}s` : `no ${what} "${wanted}"`}${near ? `, did you mean "${near}"` : ""}: give --${what} one of ${there.slice(0, 20).join(", ")}.`,
  );
}
