import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestLines } from "../../../shared/batch-lane/request-line.ts";
import { readShardCarries, readShardLines } from "../../../shared/batch-lane/shard-blob.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";

/** What a shard's requests said, by place: in a temporary file, since results come in any order and a shard may be 200 MB. */
export interface RequestTexts extends AsyncDisposable {
  of(place: number): Promise<{ messages: string; carry: string }>;
}

export async function openRequestTexts(
  blobs: Blobs,
  blob: string,
  requests: RequestLines,
  signal: AbortSignal,
): Promise<RequestTexts> {
  await using stack = new AsyncDisposableStack();
  const [lines, carries] = await temporaryFiles(stack);
  const lineAt = await spool(lines, readShardLines(blobs, blob, signal));
  const carryAt = await spool(carries, readShardCarries(blobs, blob, signal));
  const files = stack.move();
  return {
    of: async (place) => ({
      messages: requests.messagesOf(await lineAt(place)),
      carry: (await carryAt(place)).trimEnd(),
    }),
    [Symbol.asyncDispose]: () => files.disposeAsync(),
  };
}

/** Two files without a name: they are gone when they are closed, also where this process is killed. */
async function temporaryFiles(stack: AsyncDisposableStack): Promise<[FileHandle, FileHandle]> {
  const folder = await mkdtemp(join(tmpdir(), "assay-shard-"));
  try {
    const create = async (name: string) => stack.use(await open(join(folder, name), "wx+"));
    return [await create("lines"), await create("carry")];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes lines to a file. @returns what reads one of them by its place */
async function spool(
  file: FileHandle,
  blocks: AsyncIterable<Buffer[]>,
): Promise<(place: number) => Promise<string>> {
  const ends: number[] = [];
  let bytes = 0;
  for await (const lines of blocks) {
    for (const line of lines) {
      bytes += line.length;
      ends.push(bytes);
    }
    await file.writeFile(Buffer.concat(lines));
  }
  return (place) => read(file, ends[place - 1] ?? 0, ends[place]!);
}

async function read(file: FileHandle, from: number, to: number): Promise<string> {
  const bytes = Buffer.allocUnsafe(to - from);
  await file.read(bytes, 0, bytes.length, from);
  return bytes.toString("utf8");
}
