import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestLines } from "../../shared/batch-lane/request-line.ts";
import { readShardCarries, readShardLines } from "../../shared/batch-lane/shard-blob.ts";
import type { Blobs } from "../../shared/runtime/blobs.ts";

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
  const folder = await mkdtemp(join(tmpdir(), "assay-shard-"));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    const lines = stack.use(await spool(join(folder, "lines"), readShardLines(blobs, blob, signal)));
    const carries = stack.use(await spool(join(folder, "carry"), readShardCarries(blobs, blob, signal)));
    return {
      of: async (place) => ({
        messages: requests.messagesOf(await lines.line(place)),
        carry: (await carries.line(place)).trimEnd(),
      }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface SpooledLines extends AsyncDisposable {
  line(place: number): Promise<string>;
}

async function spool(path: string, blocks: AsyncIterable<Buffer[]>): Promise<SpooledLines> {
  const file = await open(path, "wx+");
  const ends: number[] = [];
  let bytes = 0;
  for await (const lines of blocks) {
    for (const line of lines) {
      bytes += line.length;
      ends.push(bytes);
    }
    await file.writeFile(Buffer.concat(lines));
  }
  return {
    line: (place) => read(file, ends[place - 1] ?? 0, ends[place]!),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function read(file: FileHandle, from: number, to: number): Promise<string> {
  const bytes = Buffer.allocUnsafe(to - from);
  await file.read(bytes, 0, bytes.length, from);
  return bytes.toString("utf8");
}
