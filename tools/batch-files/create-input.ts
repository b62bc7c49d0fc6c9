import { resolve } from "node:path";
import {
  type BadRow,
  isBad,
  messagesOf,
  type PreparedRow,
} from "../../shared/datasets/preparing/prepared-row.ts";
import { RowPreparer } from "../../shared/datasets/preparing/row-preparer.ts";
import { detectFormat } from "../../shared/datasets/reading/dataset-format.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import type { SourceRow } from "../../shared/datasets/reading/source-row.ts";
import { UserError } from "../../shared/errors.ts";
import { MOST_BYTES } from "./batch-rules.ts";
import { ErrorLines } from "./error-lines.ts";
import { RequestChecker } from "./request-checker.ts";
import { rowId } from "./row-id.ts";
import { SplitOutput, type WrittenFile } from "./split-output.ts";

export interface CreateInput {
  input: string;
  output: string;
  /** The body of every request but for its messages. */
  request: Record<string, unknown>;
  columns?: string | undefined;
  system?: string | undefined;
  template?: string | undefined;
  /** Leave out rows that cannot be asked, and list them in the errors file. */
  skipBadRows: boolean;
  /** Number the rows, whatever ids they have. */
  rowNumbers?: boolean | undefined;
  /** Of one file; the provider's unless a test says otherwise. */
  limits?: { requests: number; bytes: number } | undefined;
  signal?: AbortSignal | undefined;
}

export interface CreatedInput {
  files: WrittenFile[];
  /** Rows left out. */
  bad: number;
  errors: string | null;
}

/**
 * Turns the rows of any data file into request lines of the Batch API, in their order, with memory for some rows and
 * the ids of all. Each line is checked as the provider would; the first fault ends it, and then no file has appeared.
 * @throws UserError naming the row
 */
export async function createInput(options: CreateInput): Promise<CreatedInput> {
  const { input, output } = options;
  if (resolve(input) === resolve(output)) {
    throw new UserError(`--output_file is the input file ${input}: give another name.`);
  }
  const preparer = preparerOf(options);
  const { format } = await detectFormat(input);
  const placeOf = (number: number) => (format === "json-lines" ? `line ${number}` : `row ${number}`);
  const checker = new RequestChecker(placeOf);
  let number = 0;
  await using files = await SplitOutput.create(output, options.limits);
  await using errors = new ErrorLines(output);
  for await (const rows of readRows(input)) {
    options.signal?.throwIfAborted();
    preparer.settle(rows);
    for (const row of rows) {
      const place = format === "json-lines" ? row.line : number;
      const made = requestOf(row, number, `${input} ${placeOf(place)}`, preparer, options);
      if (isBadRow(made)) await errors.write({ id: null, line: row.line, ...made.bad });
      else await files.write(checkedLine(made, place, `${input} ${placeOf(place)}`, checker));
      number += 1;
    }
  }
  if (number === 0) throw new UserError(`${input} holds no rows.`);
  if (errors.count === number)
    throw new UserError(`${input} has no row that can be used: ${preparer.firstFault}.`);
  preparer.requireNamedColumns();
  const written = await files.commit();
  await errors.commit();
  return { files: written, bad: errors.count, errors: errors.count > 0 ? errors.path : null };
}

function preparerOf({ input, columns, system, template, skipBadRows }: CreateInput): RowPreparer {
  const source = { kind: "file" as const, path: resolve(input) };
  const mapping = {
    ...(columns !== undefined && { columns }),
    ...(system !== undefined && { system }),
    ...(template !== undefined && { template }),
  };
  return new RowPreparer({ source, ...mapping, skipBadRows }, input);
}

function requestOf(
  row: SourceRow,
  number: number,
  place: string,
  preparer: RowPreparer,
  { request, rowNumbers }: CreateInput,
): Record<string, unknown> | BadRow {
  const id = rowNumbers || "fault" in row ? String(number) : rowId(row.value, number);
  // A row whose id cannot be used is bad like one that has no prompt.
  const usable = typeof id === "string" ? row : { line: row.line, fault: id.fault };
  const prepared = preparer.prepare(usable, place);
  if (isBad(prepared)) return prepared;
  return { custom_id: id, method: "POST", url: "/v1/chat/completions", body: bodyOf(request, prepared) };
}

const isBadRow = (made: object): made is BadRow => "bad" in made;

function bodyOf({ model, ...rest }: Record<string, unknown>, row: PreparedRow): Record<string, unknown> {
  return { model, messages: messagesOf(row), ...rest };
}

function checkedLine(
  request: Record<string, unknown>,
  line: number,
  place: string,
  checker: RequestChecker,
): string {
  const [fault] = checker.check(request, line);
  const wayOut =
    fault?.code === "duplicate_custom_id"
      ? ": give each row an id of its own, or number the rows with --row_numbers"
      : "";
  if (fault) throw new UserError(`${place} ${fault.message}${wayOut}.`);
  const text = `${JSON.stringify(request)}\n`;
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  throw new UserError(
    `${place} gives a request of ${Buffer.byteLength(text)} bytes: a batch takes ${MOST_BYTES}.`,
  );
}
