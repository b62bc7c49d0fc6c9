import type { DescribedFile } from "./describe-file.ts";

/** A subset of the dataset, as the hub's own loader reads it from a card. */
export interface CardConfig {
  config_name: string;
  data_files: { split: string; path: string }[];
  /** Columns of CSV files without a header. */
  names?: string[];
}

const ENDING = /(?:\.(train|val|validation|test))?\.(json|jsonl|ndjson|csv|tsv|parquet)(?:\.(?:gz|zst))?$/i;
const SPLITS: Record<string, string> = { val: "validation" };

const BUILDERS: Record<string, string> = { json: "json", jsonl: "json", ndjson: "json" };

/** Which of the loader's builders reads a file. */
function builderOf({ path }: DescribedFile): string {
  const ending = ENDING.exec(path)?.[2]?.toLowerCase() ?? "";
  return BUILDERS[ending] ?? ending;
}

/**
 * Files that the hub's loader can read with each other, and those that it cannot: it takes one builder for all subsets of a
 * repository, and would read a CSV as JSON. The builder with most files is taken, of equal ones that of the first file.
 * Files that are not rows, and failed rows, are in neither.
 */
export function loadableFiles(files: readonly DescribedFile[]) {
  const rows = files.filter((file) => file.rows !== null && file.rows > 0 && file.holds !== "failed rows");
  const counts = new Map<string, number>();
  for (const file of rows) counts.set(builderOf(file), (counts.get(builderOf(file)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const builder = [...counts].find(([, count]) => count === most)?.[0];
  return {
    together: rows.filter((file) => builderOf(file) === builder),
    apart: rows.filter((file) => builderOf(file) !== builder),
  };
}

/** A subset a file, since files of one folder have different columns; NAME.train and NAME.val are splits of one. */
export function cardConfigs(files: readonly DescribedFile[]): CardConfig[] {
  const loadable = loadableFiles(files).together;
  const byName = new Map<string, CardConfig>();
  for (const file of loadable) {
    const [, part = "train"] = ENDING.exec(file.path) ?? [];
    const split = SPLITS[part.toLowerCase()] ?? part.toLowerCase();
    const name = uniqueName(file.path, split, byName);
    const config = byName.get(name) ?? { config_name: name, data_files: [] };
    byName.set(name, config);
    config.data_files.push({ split, path: file.path });
    if (file.headerless) config.names = file.columns;
  }
  const configs = [...byName.values()];
  return configs.length === 1 ? [{ ...configs[0]!, config_name: "default" }] : configs;
}

/** Files of one name and another ending keep it. */
function uniqueName(path: string, split: string, taken: ReadonlyMap<string, CardConfig>): string {
  const plain = (text: string) => text.replace(/[/<>:"\\|?*\s]+/g, "-");
  const name = plain(path.replace(ENDING, ""));
  const isTaken = taken.get(name)?.data_files.some((file) => file.split === split) ?? false;
  return isTaken ? plain(path) : name;
}

const SIZES = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"];

/** The hub's name for so many rows. */
export function sizeCategory(rows: number): string {
  const at = SIZES.findIndex((_, power) => rows < 10 ** (power + 3));
  return SIZES[at] ?? "n>1B";
}
