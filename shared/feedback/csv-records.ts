import { type CsvRecord, CsvScanner } from "../datasets/reading/csv-scanner.ts";
import { detectFormat } from "../datasets/reading/dataset-format.ts";
import { fileBytes } from "../datasets/reading/file-bytes.ts";
import type { Fault } from "../datasets/reading/source-row.ts";
import { UserError } from "../errors.ts";

/** The cells of a record; `place` begins a sentence about it: "ratings.csv line 7". */
interface PlacedRecord {
  place: string;
  fields: readonly string[];
}

/**
 * The records of a CSV or TSV file that may have no header, in order, blank lines left out.
 * @throws UserError for the first that cannot be read
 */
export async function* csvRecords(path: string, signal?: AbortSignal): AsyncGenerator<PlacedRecord> {
  for await (const { fault, ...record } of recordsOrFaults(path, signal)) {
    if (fault) throw new UserError(`${record.place} ${fault.message}: mend or remove it.`);
    yield record;
  }
}

/** As `csvRecords`, but a record that cannot be read stands among the others with its fault. */
export async function* recordsOrFaults(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<PlacedRecord & { fault?: Fault | undefined }> {
  for await (const records of scanned(path)) {
    signal?.throwIfAborted();
    for (const { fields, line, quoted, fault } of records) {
      if (fault || fields.length > 1 || fields[0] !== "" || quoted) {
        yield { place: `${path} line ${line}`, fields, fault };
      }
    }
  }
}

async function* scanned(path: string): AsyncGenerator<CsvRecord[]> {
  const { format, compression } = await detectFormat(path);
  const scanner = new CsvScanner(format === "tsv" ? "\t" : ",", path);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const decode = (chunk?: Buffer) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      const before = chunk?.toString().split("\uFFFD", 1)[0] ?? "";
      throw new UserError(
        `${path} is not valid UTF-8 text near line ${line + lineFeeds(before)}: save the file as UTF-8.`,
        { cause },
      );
    }
  };
  for await (const chunk of fileBytes(path, compression)) {
    const text = decode(chunk);
    yield scanner.scan(text);
    line += lineFeeds(text);
  }
  yield scanner.scan(decode());
  yield scanner.end();
}

const lineFeeds = (text: string) => text.split("\n").length - 1;
