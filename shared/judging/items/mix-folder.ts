import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { unreadable } from "../../datasets/reading/file-bytes.ts";
import { UserError } from "../../errors.ts";
import { ASPECTS, type Aspect } from "../methods/aspects.ts";
import { type ItemRow, itemRows } from "./item-rows.ts";

/** A mix row of each aspect, all about the same prompt, its responses in the same order. */
export type MixRow = { place: string } & (
  | { rows: Map<Aspect, Record<string, unknown>> }
  | Extract<ItemRow, { fault: unknown }>
);

/** Columns by which rows of different aspects are known to be about the same. */
const SHARED = ["prompt_hash", "id", "raw_text", "models", "completions"];

/** `full/<aspect>-full.jsonl` */
export const fullMixPath = (folder: string, aspect: string) => join(folder, "full", `${aspect}-full.jsonl`);

/**
 * The files of a mix by aspect, in a folder that `assay mix` wrote or in its `full`; undefined where the path is a file.
 * @throws UserError if the folder holds none
 */
export function mixFiles(path: string): Map<Aspect, string> | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw unreadable(path, { code: "ENOENT" });
  if (!status.isDirectory()) return undefined;
  const files = new Map<Aspect, string>();
  for (const aspect of ASPECTS) {
    const found = [fullMixPath(path, aspect), join(path, `${aspect}-full.jsonl`)].find((one) =>
      existsSync(one),
    );
    if (found !== undefined) files.set(aspect, found);
  }
  if (files.size > 0) return files;
  throw new UserError(
    `${path} is a folder without the files of a mix, such as helpfulness-full.jsonl: name a file, or the folder that \`assay mix\` wrote.`,
  );
}

/** Reads the files of a mix side by side, with memory for one row of each. @throws UserError where they differ */
export async function* mixRows(
  files: ReadonlyMap<Aspect, string>,
  signal?: AbortSignal,
): AsyncGenerator<MixRow> {
  const readers = [...files].map(([aspect, path]) => ({
    aspect,
    path,
    rows: itemRows(path, {}, signal),
  }));
  try {
    for (;;) {
      const read: ({ aspect: Aspect; path: string } & IteratorResult<ItemRow>)[] = [];
      for (const { aspect, path, rows } of readers) read.push({ aspect, path, ...(await rows.next()) });
      const ended = read.filter(({ done }) => done);
      if (ended.length === read.length) return;
      if (ended.length > 0) throw shorter(ended[0]!.path, read.find(({ done }) => !done)!.path);
      yield sideBySide(read.map(({ aspect, value }) => ({ aspect, row: value as ItemRow })));
    }
  } finally {
    for (const { rows } of readers) await rows.return(undefined);
  }
}

function sideBySide(read: { aspect: Aspect; row: ItemRow }[]): MixRow {
  const bad = read.map(({ row }) => row).find((row) => "fault" in row);
  if (bad) return bad;
  const rows = new Map(read.flatMap(({ aspect, row }) => ("row" in row ? [[aspect, row.row] as const] : [])));
  const [first, ...others] = read.map(({ row }) => row);
  for (const other of others) {
    const differing = SHARED.find((name) => memberOf(first!, name) !== memberOf(other, name));
    if (differing !== undefined) {
      throw new UserError(
        `${first!.place} and ${other.place} differ in "${differing}": give files of one mix.`,
      );
    }
  }
  return { place: first!.place, rows };
}

const memberOf = (row: ItemRow, name: string) => ("row" in row ? JSON.stringify(row.row[name]) : undefined);

function shorter(short: string, long: string): UserError {
  return new UserError(`${short} has fewer rows than ${long}: give files of one mix.`);
}
