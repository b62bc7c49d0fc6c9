import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isBesideOutputs } from "../../../shared/completions/record-files.ts";
import type { PlanStep } from "../../../shared/contracts/job-entry.ts";
import { CHANGEABLE } from "../../../shared/contracts/messages/job-fields.ts";
import { findFiles } from "../../../shared/datasets/finding/find-files.ts";
import { sha256Of } from "../../../shared/datasets/hub/hub-download.ts";
import { unreadable } from "../../../shared/datasets/reading/file-bytes.ts";

/** Hashes of files that were read before, by path, size and time. */
export type KnownHashes = Map<string, string>;

/**
 * Hash of all that decides what a step writes: what it is told, but for what may change while it is under way, and the
 * content of what it reads. Of folders the outputs count, not what stands beside them: config.yaml tells the time.
 * @param known spares reading a file again that is as it was
 * @throws UserError if something that it reads is not there
 */
export async function madeOf({ does, kind, message, reads }: PlanStep, known: KnownHashes): Promise<string> {
  const told = Object.entries(message).filter(([field]) => does === "tool" || !CHANGEABLE.has(field));
  const contents: string[] = [];
  for (const path of reads ?? []) {
    for (const file of await filesOf(path)) contents.push(await hashOf(file, known));
  }
  const all = JSON.stringify([kind, Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1))), contents]);
  return createHash("sha256").update(all).digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isDirectory()) return await findFiles([path], "/");
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && !isBesideOutputs(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function hashOf(path: string, known: KnownHashes): Promise<string> {
  const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const key = `${path}\0${size}\0${mtimeMs}`;
  const hash = known.get(key) ?? (await sha256Of(path));
  known.set(key, hash);
  return hash;
}
