import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { readCsv } from "./csv-rows.ts";
import { detectFormat } from "./dataset-format.ts";
import { type Compression, fileBytes } from "./file-bytes.ts";
import { readJsonArray } from "./json-array.ts";
import { readJsonLines } from "./json-lines.ts";
import { readParquet } from "./parquet-rows.ts";
import type { SourceRows } from "./source-row.ts";

/**
 * The rows of any data file, in order, with memory for one batch. `name` is what messages call the file.
 * Rows that cannot be read are faults in the stream; a file that cannot be read to its end throws a UserError.
 */
export async function* readRows(path: string, name = path): SourceRows {
  const { format, compression } = await detectFormat(path);
  if (format === "parquet")
    yield* compression === "none" ? readParquet(path, name) : unpacked(path, compression, name);
  else {
    const chunks = fileBytes(path, compression);
    if (format === "json-array") yield* readJsonArray(chunks, name);
    else if (format === "json-lines") yield* readJsonLines(chunks, name);
    else yield* readCsv(chunks, name, format === "csv" ? "," : "\t");
  }
}

/** Parquet is read from its end, so a compressed one is unpacked into a temporary file first. */
async function* unpacked(path: string, compression: Compression, name: string): SourceRows {
  const folder = await mkdtemp(join(tmpdir(), "assay-parquet-"));
  try {
    const plain = join(folder, "data.parquet");
    await pipeline(fileBytes(path, compression), createWriteStream(plain));
    yield* readParquet(plain, name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
