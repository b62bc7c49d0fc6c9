import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is gone when its scope ends. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "assay-datasets-"));
  return {
    path,
    at: (name: string) => join(path, name),
    /** Writes a file and gives its path. */
    put: async (name: string, content: string | Buffer) => {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** All values of an iterable of batches. */
export async function allOf<Value>(batches: AsyncIterable<Value[]>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

/** Gives text in pieces of `size` bytes, wherever that cuts characters. */
export async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function* each<Value>(values: Iterable<Value>): AsyncGenerator<Value> {
  yield* values;
}
