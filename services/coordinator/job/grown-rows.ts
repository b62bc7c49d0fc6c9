import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { JobSpec } from "../../../shared/contracts/job-entry.ts";
import { preparedFiles } from "../../../shared/datasets/preparing/prepared-dataset.ts";
import { readPreparedDataset } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";

type Params = Pick<JobSpec, "params">["params"];

/** The prepared rows that were there before: the first of those that are read anew must be the same. */
const FormerRows = z.strictObject({ bytes: z.int(), sha256: z.string() });

/**
 * Whether a job is another one but for a higher limit, or none: a pilot that goes on with all rows. Those that it has are
 * the first of them, so its answers stay good.
 */
export function isGrown(before: Params, after: Params): boolean {
  const { limit: old, ...rest } = before;
  const { limit: now, ...others } = after;
  if (typeof old !== "number" || !(now === undefined || (typeof now === "number" && now > old))) return false;
  const names = [...new Set([...Object.keys(rest), ...Object.keys(others)])];
  return names.every((name) => JSON.stringify(rest[name]) === JSON.stringify(others[name]));
}

/** Lets the rows be read anew, and remembers those that are there. May be broken off and done again at any point. */
export async function forgetRows(folder: string): Promise<void> {
  const prepared = await readPreparedDataset(folder).catch(() => undefined);
  if (prepared === undefined) return;
  const { bytes } = prepared;
  const former = { bytes, sha256: await hashOf(preparedFiles(folder).rows, bytes) };
  await writeFile(formerFile(folder), JSON.stringify(former), { flush: true });
  await rm(preparedFiles(folder).dataset);
}

/** @throws UserError where rows that were asked before would be other ones now */
export async function requireFormerRows(folder: string): Promise<void> {
  const text = await readFile(formerFile(folder), "utf8").catch(() => undefined);
  if (text === undefined) return;
  const { bytes, sha256 } = FormerRows.parse(JSON.parse(text));
  if ((await hashOf(preparedFiles(folder).rows, bytes)) !== sha256) {
    const sentence =
      "With more rows the first ones are read in another way than before, so their answers would not fit: say the columns with --columns, or make the job anew with --overwrite.";
    throw new UserError(sentence, { exitCode: EXIT.badInput });
  }
  await rm(formerFile(folder));
}

function formerFile(folder: string): string {
  return join(folder, "former-rows.json");
}

async function hashOf(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  if (bytes === 0) return hash.digest("hex");
  for await (const piece of createReadStream(path, { end: bytes - 1 })) hash.update(piece);
  return hash.digest("hex");
}
