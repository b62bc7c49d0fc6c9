import { stat } from "node:fs/promises";
import { UserError } from "../../errors.ts";
import { type Compression, compressionOf, fileBytes, unreadable } from "./file-bytes.ts";

export type DatasetFormat = "json-array" | "json-lines" | "csv" | "tsv" | "parquet";

/** Endings that name a data file, for looking through folders and hub repositories; compressed ones too. */
export const DATA_FILE = /\.(json|jsonl|ndjson|csv|tsv|parquet)(\.gz|\.zst)?$/i;

/**
 * What a file holds, by its content: Parquet and compression by their first bytes, JSON by its first character
 * (`[` an array, `{` lines), anything else is CSV if its name says so.
 * @throws UserError if it is missing, empty, a folder or none of these
 */
export async function detectFormat(
  path: string,
): Promise<{ format: DatasetFormat; compression: Compression }> {
  const status = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!status.isFile()) throw unreadable(path, { code: "EISDIR" });
  const compression = compressionOf(await firstBytes(path, "none"));
  const head = await firstBytes(path, compression);
  if (head.length === 0) throw new UserError(`${path} is empty: it holds no rows.`);
  const format = formatOf(path, head);
  if (format !== "parquet" && format !== "json-array" && hasReturnsAlone(head)) {
    throw new UserError(
      `${path} ends its lines with carriage returns alone, as old programs did: save it with line feeds (tr '\\r' '\\n').`,
    );
  }
  return { format, compression };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Whether a carriage return, and never a line feed, parts what is in these bytes. */
function hasReturnsAlone(head: Buffer): boolean {
  if (head.includes(LINE_FEED)) return false;
  const at = head.indexOf(CARRIAGE_RETURN);
  return at >= 0 && head.subarray(at).toString().trim() !== "";
}

async function firstBytes(path: string, compression: Compression): Promise<Buffer> {
  for await (const chunk of fileBytes(path, compression)) if (chunk.length > 0) return chunk;
  return Buffer.alloc(0);
}

function formatOf(path: string, head: Buffer): DatasetFormat {
  if (head.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw new UserError(`${path} is UTF-16 text: save it as UTF-8.`);
  }
  const text = head
    .subarray(0, 65_536)
    .toString()
    .replace(/^\uFEFF/, "")
    .trimStart();
  if (/\.csv(\.\w+)?$/i.test(path)) return "csv";
  if (/\.tsv(\.\w+)?$/i.test(path)) return "tsv";
  if (text.startsWith("[")) return "json-array";
  if (text.startsWith("{") || /\.(jsonl|ndjson|json)(\.\w+)?$/i.test(path)) return "json-lines";
  throw new UserError(
    `${path} is no JSON, JSONL, CSV or Parquet file: convert it, or give it the ending it should have.`,
  );
}
