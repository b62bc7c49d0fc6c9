import { open, stat } from "node:fs/promises";
import { fileBytes, unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { readJsonLines } from "../../shared/datasets/reading/json-lines.ts";
import type { SourceRow } from "../../shared/datasets/reading/source-row.ts";
import { MOST_BYTES, MOST_EMBEDDING_INPUTS, MOST_REQUESTS } from "./batch-rules.ts";
import { RequestChecker } from "./request-checker.ts";
import type { RequestFault } from "./request-line.ts";

/** Faults beyond these are only counted: a file of another kind has one in each line. */
const MOST_FAULTS = 100;

/** What is known of a request file after reading it once. `line` is 0 for a fault of the file as a whole. */
export interface FileReport {
  requests: number;
  /** Those without a fault. */
  sound: number;
  bytes: number;
  model: string | null;
  endpoint: string | null;
  /** Of all faults; `faults` holds the first of them. */
  faultCount: number;
  faults: (RequestFault & { line: number })[];
}

/**
 * Checks a file against the Batch API's rules as the provider would after the upload, with memory for one line and the
 * custom_ids. @throws UserError if it cannot be read
 */
export async function validateRequestFile(path: string): Promise<FileReport> {
  const status = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!status.isFile()) throw unreadable(path, { code: "EISDIR" });
  const report: FileReport = {
    requests: 0,
    sound: 0,
    bytes: status.size,
    model: null,
    endpoint: null,
    faultCount: 0,
    faults: [],
  };
  const wrong = (line: number, code: string, message: string) => {
    report.faultCount += 1;
    if (report.faults.length < MOST_FAULTS) report.faults.push({ line, code, message });
  };
  if (await hasByteOrderMark(path)) {
    wrong(
      1,
      "byte_order_mark",
      "begins with a byte order mark, which is no JSON: save it as UTF-8 without one",
    );
  }
  const checker = new RequestChecker();
  let before = 0;
  for await (const rows of readJsonLines(fileBytes(path, "none"), path)) {
    for (const row of rows) {
      // Blank lines come as gaps between lines; those at the end do no harm.
      for (let line = before + 1; line < row.line; line++) wrong(line, "blank_line", "is blank: remove it");
      before = row.line;
      const faults = faultsOf(row, checker);
      if (faults.length === 0) report.sound += 1;
      for (const { code, message } of faults) wrong(row.line, code, message);
    }
  }
  checkWhole(report, checker, wrong);
  return {
    ...report,
    requests: checker.requests,
    model: checker.model ?? null,
    endpoint: checker.endpoint ?? null,
  };
}

function faultsOf(row: SourceRow, checker: RequestChecker): RequestFault[] {
  if ("value" in row) return checker.check(row.value, row.line);
  checker.requests += 1;
  return [{ code: "invalid_json_line", message: row.fault.message }];
}

function checkWhole(
  report: FileReport,
  { requests, embeddingInputs }: RequestChecker,
  wrong: (line: number, code: string, message: string) => void,
): void {
  if (requests === 0) wrong(0, "empty_file", "holds no request");
  if (requests > MOST_REQUESTS) {
    wrong(
      0,
      "too_many_requests",
      `holds ${requests} requests, but a file may hold ${MOST_REQUESTS}: split it`,
    );
  }
  if (report.bytes > MOST_BYTES) {
    wrong(0, "file_too_large", `has ${report.bytes} bytes, but a file may have ${MOST_BYTES}: split it`);
  }
  if (embeddingInputs > MOST_EMBEDDING_INPUTS) {
    const message = `holds ${embeddingInputs} texts to embed, but a file may hold ${MOST_EMBEDDING_INPUTS}: split it`;
    wrong(0, "too_many_embedding_inputs", message);
  }
}

async function hasByteOrderMark(path: string): Promise<boolean> {
  await using file = await open(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  const { buffer, bytesRead } = await file.read(Buffer.alloc(3), 0, 3, 0);
  return bytesRead === 3 && buffer.equals(Buffer.from([0xef, 0xbb, 0xbf]));
}
