import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isBesideOutputs } from "../../../shared/completions/record-files.ts";
import { unreadable } from "../../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../../shared/errors.ts";
import { nearestNames } from "../../../shared/words/nearest-names.ts";

/** A model whose responses are there: its name, and its files in the order of their names. */
export interface PoolModel {
  name: string;
  files: string[];
}

/** A model's name as that of a folder: `/` is written `___`. */
export const modelOf = (folder: string): string => folder.replaceAll("___", "/");

/**
 * The models in a folder that has one folder each, in the order of their names; `include` and `exclude` name models, in
 * either spelling. @throws UserError if a name is unknown, a model has no file, or none is left
 */
export function modelPool(
  folder: string,
  { include, exclude }: { include?: readonly string[] | undefined; exclude?: readonly string[] | undefined },
): PoolModel[] {
  const folders = foldersIn(folder);
  const names = folders.map(modelOf);
  const included = include?.map((name) => known(name, names, folder, "-y"));
  const excluded = exclude?.map((name) => known(name, names, folder, "-x")) ?? [];
  const pool = folders
    .map((one) => ({ name: modelOf(one), files: filesIn(join(folder, one)) }))
    .filter(({ name }) => (included?.includes(name) ?? true) && !excluded.includes(name));
  const empty = folders.find((one) =>
    pool.some(({ name, files }) => name === modelOf(one) && files.length === 0),
  );
  if (empty !== undefined) throw noFile(folder, empty);
  if (pool.length > 0) return pool;
  throw new UserError(
    names.length === 0
      ? `${folder} has no folder of a model's responses: give the folder that has one for each model.`
      : `-x and -y leave none of the models of ${folder}: ${names.join(", ")}.`,
  );
}

function noFile(folder: string, model: string): UserError {
  return new UserError(
    `${folder} has no JSONL, JSON, Parquet or CSV file of ${modelOf(model)}: generate its responses, or leave it out by -x.`,
  );
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith(".") && statSync(join(folder, name)).isDirectory())
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOTDIR") {
      throw new UserError(`${folder} is a file: give the folder that has a folder for each model.`, {
        cause,
      });
    }
    throw unreadable(folder, cause);
  }
}

/** Responses may lie there in several formats: those that keep more of a row go before. */
const FORMATS = ["(jsonl|ndjson)", "json", "parquet", "(csv|tsv)"].map(
  (ending) => new RegExp(`\\.${ending}(\\.gz|\\.zst)?$`, "i"),
);

/** What else was written while responses were generated stands beside them. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  const rows = names.filter((name) => !isBesideOutputs(name));
  const all = FORMATS.map((format) => rows.filter((name) => format.test(name))).find(
    (some) => some.length > 0,
  );
  // A folder that has no other file is not of generation: there the name says nothing.
  return (all ?? names.filter((name) => name === "responses.jsonl")).sort().map((name) => join(folder, name));
}

function known(given: string, names: readonly string[], folder: string, flag: string): string {
  const name = modelOf(given);
  if (names.includes(name)) return name;
  const near = nearestNames(name, names, 1)[0];
  const wayOut = near ? `did you mean ${near}?` : `there are ${names.join(", ")}.`;
  throw new UserError(`${flag} names ${given}, of which ${folder} has no responses: ${wayOut}`);
}
