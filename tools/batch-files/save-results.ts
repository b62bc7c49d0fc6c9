import { isJsonObject } from "../../shared/datasets/json/exact-json.ts";
import { readJsonLines } from "../../shared/datasets/reading/json-lines.ts";
import type { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";

/** A result file did not arrive as a whole. */
export class CutShort extends Error {
  override name = "CutShort";
}

/** What a whole file has; null where the provider does not say. */
export interface Expected {
  bytes: number | null;
  lines: number | null;
}

/**
 * Writes a result file as it arrives, byte for byte, and checks meanwhile that it is whole: every line is a result, and
 * there are as many bytes as the provider says, or else as many lines. The caller commits the file.
 * @returns its lines @throws CutShort
 */
export async function saveResults(
  chunks: AsyncIterable<Uint8Array>,
  file: AtomicFile,
  name: string,
  expected: Expected,
): Promise<number> {
  let lines = 0;
  for await (const rows of readJsonLines(written(chunks, file), name)) {
    for (const row of rows) {
      const whole = "value" in row && isJsonObject(row.value) && "custom_id" in row.value;
      if (!whole) throw new CutShort(`line ${row.line} is no result`);
      lines += 1;
    }
  }
  if (expected.bytes !== null && file.bytes !== expected.bytes) {
    throw new CutShort(`${file.bytes} of ${expected.bytes} bytes arrived`);
  }
  if (expected.bytes === null && expected.lines !== null && lines < expected.lines) {
    throw new CutShort(`${lines} of ${expected.lines} lines arrived`);
  }
  return lines;
}

async function* written(chunks: AsyncIterable<Uint8Array>, file: AtomicFile): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    file.append(bytes);
    if (file.full) await file.flush();
    yield bytes;
  }
}
