import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { PartLength } from "../../../../shared/contracts/job-progress.ts";
import { EXIT, UserError } from "../../../../shared/errors.ts";
import { decodeBlock, type IndexEntry } from "./part-index.ts";
import { partsFolder } from "./part-writer.ts";

/** Where a result's line lies. */
export interface Located extends IndexEntry {
  offset: number;
}

/**
 * Calls back for every committed result of a part, in the order in which they were committed.
 * @throws UserError (exit code 3) when the part is gone, shorter than what was committed, or its sidecar is damaged
 */
export async function readPart(
  workFolder: string,
  part: PartLength,
  visit: (entry: Located) => void,
): Promise<void> {
  const path = join(partsFolder(workFolder), `${part.name}.idx`);
  const data = join(partsFolder(workFolder), `${part.name}.jsonl`);
  const { size } = await stat(data).catch((cause: unknown) => Promise.reject(lost(data, cause)));
  if (size < part.dataBytes) throw damaged(data, size);
  const whole = await readFile(path).catch((cause: unknown) => Promise.reject(lost(path, cause)));
  const index = whole.subarray(0, part.indexBytes);
  let [at, offset] = [0, 0];
  while (at < part.indexBytes) {
    const block = decodeBlock(index, at);
    if (block === undefined) throw damaged(path, at);
    for (const entry of block.entries) {
      visit({ ...entry, offset });
      offset += entry.bytes;
    }
    at += block.bytes;
  }
  if (offset !== part.dataBytes) throw damaged(path, at);
}

/** Whether all that was committed can be read; one part after another, since a sidecar is read whole. */
export async function arePartsThere(workFolder: string, parts: readonly PartLength[]): Promise<boolean> {
  try {
    for (const part of parts) await readPart(workFolder, part, () => {});
  } catch {
    return false;
  }
  return parts.length > 0;
}

/** Parts whose commits the broker has forgotten: their whole and undamaged blocks, found again by their checksums. */
export async function recoverParts(workFolder: string, run: number): Promise<PartLength[]> {
  const names = await readdir(partsFolder(workFolder)).catch(() => []);
  const found: PartLength[] = [];
  for (const name of names) {
    if (!name.endsWith(".idx")) continue;
    const part = await recoverPart(workFolder, name.slice(0, -".idx".length), run);
    if (part.dataBytes > 0) found.push(part);
  }
  return found;
}

async function recoverPart(workFolder: string, name: string, run: number): Promise<PartLength> {
  const index = await readFile(join(partsFolder(workFolder), `${name}.idx`));
  const data = await open(join(partsFolder(workFolder), `${name}.jsonl`), "r");
  const length = { name, run, dataBytes: 0, indexBytes: 0 };
  try {
    for (;;) {
      const block = decodeBlock(index, length.indexBytes);
      if (block === undefined) return length;
      const lines = Buffer.allocUnsafe(block.dataBytes);
      const { bytesRead } = await data.read(lines, 0, block.dataBytes, length.dataBytes);
      if (bytesRead !== block.dataBytes || crc32(lines, crc32(block.body)) !== block.checksum) return length;
      length.dataBytes += block.dataBytes;
      length.indexBytes += block.bytes;
    }
  } finally {
    await data.close();
  }
}

function damaged(path: string, at: number): UserError {
  return new UserError(
    `${path}, which stored answers of the job stand in, is damaged at byte ${at}: ${WAYS_OUT}.`,
    { exitCode: EXIT.couldNotRun },
  );
}

function lost(path: string, cause: unknown): UserError {
  const { code } = cause as NodeJS.ErrnoException;
  const what = code === "ENOENT" ? "is gone" : `cannot be read (${code ?? String(cause)})`;
  return new UserError(`${path}, which stored answers of the job stand in, ${what}: ${WAYS_OUT}.`, {
    cause,
    exitCode: EXIT.couldNotRun,
  });
}

const WAYS_OUT = "restore it and resume the job, or begin it anew with --overwrite";
