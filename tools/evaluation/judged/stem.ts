import { basename } from "node:path";
import { DATA_FILE } from "../../../shared/datasets/reading/dataset-format.ts";

/** A data file's name without its ending, by which the files beside it are called. */
export function stemOf(path: string): string {
  return basename(path).replace(DATA_FILE, "");
}
