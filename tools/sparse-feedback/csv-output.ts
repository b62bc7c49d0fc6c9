import { resolve } from "node:path";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { csvLine } from "../../shared/datasets/writing/csv-line.ts";
import { UserError } from "../../shared/errors.ts";

export interface WrittenCsv {
  output: string;
  /** Without the header. */
  rows: number;
  /** Cells whose lone surrogates, which UTF-8 cannot hold, became U+FFFD. */
  replaced: number;
}

/**
 * Writes a CSV as the tools of sparse feedback do: a header (feedback itself has none), cells in quotes only where they must be, and lines that end
 * in a line feed alone. It appears whole or not at all.
 * @throws UserError if the output is one of the inputs or cannot be written
 */
export async function writeCsv(
  output: string,
  inputs: readonly string[],
  header: readonly string[] | undefined,
  rows: AsyncIterable<readonly string[]>,
): Promise<WrittenCsv> {
  refuseOverwriting(output, inputs);
  await using file = await AtomicFile.create(output);
  const counts = { rows: 0, replaced: 0 };
  if (header !== undefined) file.append(unixLine(header, counts));
  for await (const row of rows) {
    file.append(unixLine(row, counts));
    counts.rows += 1;
    if (file.full) await file.flush();
  }
  await file.commit();
  return { output, ...counts };
}

/** @throws UserError if an output would take the place of an input */
export function refuseOverwriting(output: string, inputs: readonly string[]): void {
  const input = inputs.find((one) => resolve(one) === resolve(output));
  if (input !== undefined) throw new UserError(`--output is the input file ${input}: give another name.`);
}

function unixLine(cells: readonly string[], counts: { replaced: number }): string {
  return `${csvLine(cells, counts).slice(0, -"\r\n".length)}\n`;
}
