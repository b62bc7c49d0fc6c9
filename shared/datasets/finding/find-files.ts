import { glob, readdir, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { knownDatasets } from "../hub/known-datasets.ts";
import { DATA_FILE } from "../reading/dataset-format.ts";

const WILD = /[*?[\]{}]/;

/**
 * The files that names and patterns (`prompts/*.jsonl`) mean: in the order given, those of a pattern by their paths,
 * each once. A name that exists means itself, whatever characters it has.
 * @param folder where relative ones begin @returns absolute paths
 * @throws UserError for a folder, a name that does not exist, and a pattern without a match
 */
export async function findFiles(given: readonly string[], folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const one of given) found.push(...(await filesOf(one, folder)));
  return [...new Set(found)];
}

/** The folder of a pattern that stands before its first wildcard; of a name the name itself. */
export function fixedPartOf(pattern: string): string {
  if (!WILD.test(pattern)) return pattern;
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => WILD.test(part));
  return parts.slice(0, first).join("/") || (isAbsolute(pattern) ? "/" : ".");
}

async function filesOf(given: string, folder: string): Promise<string[]> {
  const path = resolve(folder, given);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) {
    throw new UserError(`${given} is a folder: name the files in it, e.g. ${join(given, "*.jsonl")}.`);
  }
  if (status) return [path];
  if (!WILD.test(given)) throw await missing(given, path);
  if (given.split("/").slice(fixedPartOf(given).split("/").length).includes("..")) {
    throw new UserError(`${given} climbs behind a wildcard: write the folder before it instead.`);
  }
  const matches: string[] = [];
  for await (const match of glob(given, { cwd: folder, withFileTypes: true })) {
    if (match.isFile() || match.isSymbolicLink()) matches.push(join(match.parentPath, match.name));
  }
  if (matches.length === 0) throw new UserError(`No file matches ${given}: check the folder and the ending.`);
  return matches.map((match) => resolve(folder, match)).sort();
}

async function missing(given: string, path: string): Promise<UserError> {
  const files = (await readdir(dirname(path)).catch(() => [])).filter(
    (file) => DATA_FILE.test(file) && !file.startsWith("."),
  );
  const near = nearestNames(basename(path), files);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `check the path${hubHint(given)}.`;
  const looked = given === path ? "" : ` (looked for ${path})`;
  return new UserError(`There is no file ${given}${looked}: ${hint}`);
}

/** `owner/name` may be meant as a dataset of the hub, where those are taken. */
function hubHint(given: string): string {
  if (!/^\w[\w.-]*\/\w[\w.-]*$/.test(given) || DATA_FILE.test(given)) return "";
  const [near] = nearestNames(
    given,
    knownDatasets().map(({ repo }) => repo),
  );
  return `, or write ${near ?? `hf:${given}`} for a dataset of the hub`;
}
