import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { access, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { makeFolder } from "../../shared/installation/make-folder.ts";
import type { Rows } from "./row-out.ts";

/**
 * Writes rows as JSON lines, however many there are. A file that holds the same rows stays as it is, so that a job which
 * is started again knows its dataset.
 */
export async function writeRows<Row>(rows: Rows<Row>, path: string): Promise<void> {
  await makeFolder(dirname(path));
  const fresh = join(dirname(path), `.${process.pid}.${Date.now()}.jsonl`);
  const out = createWriteStream(fresh);
  for await (const row of rows) if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, "drain");
  out.end();
  await finished(out);
  if (await hasSameContent(fresh, path)) await rm(fresh);
  else await rename(fresh, path);
}

/** The rows of a file, in order. */
export async function* readRows<Row>(path: string): AsyncGenerator<Row> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    yield JSON.parse(line) as Row;
}

async function hasSameContent(one: string, other: string): Promise<boolean> {
  const isThere = await access(other).then(
    () => true,
    () => false,
  );
  return isThere && (await hashOf(one)) === (await hashOf(other));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}
