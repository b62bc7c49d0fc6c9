import { readdir, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { knownDatasets } from "../hub/known-datasets.ts";
import { DATA_FILE } from "../reading/dataset-format.ts";

/** What a name can mean: one file, or a dataset of the hub. */
export type DatasetSource = Exclude<DatasetRequest["source"], { kind: "files" }>;

/** `owner/name`, as the hub names datasets; a few old ones have no owner and need `hf:`. */
const HUB_NAME = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/**
 * What a user means by --dataset: an existing path wins; `hf:owner/name` is the hub's whatever lies on disk;
 * `owner/name` is the hub's if nothing lies there. Relative paths begin at `folder`.
 * @throws UserError with the nearest file and dataset names, if it is neither
 */
export async function resolveDataset(
  name: string,
  {
    folder = process.cwd(),
    ...hub
  }: {
    folder?: string;
    split?: string | undefined;
    subset?: string | undefined;
    revision?: string | undefined;
  } = {},
): Promise<DatasetSource> {
  const given = name.trim();
  if (given.startsWith("hf:")) return hubSource(given.slice(3), hub);
  const path = resolve(folder, given);
  const status = given === "" ? undefined : await stat(path).catch(() => undefined);
  if (status?.isDirectory() && !HUB_NAME.test(given)) {
    throw new UserError(`The dataset ${given} is a folder: name one file in it${await someFiles(path)}.`);
  }
  if (status && !status.isDirectory()) return { kind: "file", path };
  if (HUB_NAME.test(given) && !DATA_FILE.test(given)) return hubSource(given, hub);
  throw await unknownDataset(given, path);
}

/** The name of a dataset as a part of an output folder's name: `owner_name`, or the file's without folder and endings. */
export function datasetName(source: DatasetSource): string {
  if (source.kind === "hub") return source.repo.replaceAll("/", "_");
  const name = basename(source.path);
  return name.replace(DATA_FILE, "").replace(/(?<=.)\.(?:txt|gz|zst)$/i, "") || name;
}

function hubSource(
  repo: string,
  hub: { split?: string | undefined; subset?: string | undefined; revision?: string | undefined },
): DatasetSource {
  if (!HUB_NAME.test(repo) && !/^[\w.-]+$/.test(repo)) {
    throw new UserError(
      `"hf:${repo}" names no hub dataset: write hf:OWNER/NAME, e.g. hf:${knownDatasets()[0]!.repo}.`,
    );
  }
  const { split, subset, revision } = hub;
  return {
    kind: "hub",
    repo,
    ...(split && { split }),
    ...(subset && { subset }),
    ...(revision && { revision }),
  };
}

async function unknownDataset(given: string, path: string): Promise<UserError> {
  const files = (await readdir(dirname(path)).catch(() => [])).filter(
    (file) => DATA_FILE.test(file) && !file.startsWith("."),
  );
  const repos = knownDatasets().map((dataset) => dataset.repo);
  const shortNames = new Map(repos.map((repo) => [repo.split("/")[1]!, repo]));
  const nearFiles = nearestNames(basename(path), files);
  const nearRepos = [
    ...nearestNames(given, repos),
    ...nearestNames(basename(given), shortNames.keys()).map((short) => shortNames.get(short)!),
  ];
  const near = [...new Set([...nearFiles, ...nearRepos])].slice(0, 4);
  const hint =
    near.length > 0 ? `did you mean ${anyOf(near)}?` : `known hub datasets are ${repos.join(", ")}.`;
  return new UserError(`There is no dataset "${given}" (looked for ${path}): ${hint}`);
}

async function someFiles(folder: string): Promise<string> {
  const files = (await readdir(folder).catch(() => []))
    .filter((file) => DATA_FILE.test(file))
    .sort()
    .slice(0, 5);
  return files.length > 0 ? `, e.g. ${files.join(", ")}` : "";
}
