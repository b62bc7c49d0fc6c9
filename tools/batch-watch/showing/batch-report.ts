import { readCsv } from "../../../shared/datasets/reading/csv-rows.ts";
import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";
import { writeOutput } from "../../../shared/datasets/writing/write-output.ts";
import { UserError } from "../../../shared/errors.ts";

/** One submitted request file: its batch, and the name of the shard that it is. */
export interface ReportRow {
  id: string;
  input_file_id: string;
  local_filepath: string;
  shard: string;
}

const COLUMNS = ["id", "input_file_id", "local_filepath", "shard"] as const;

/**
 * The rows of a batch report, in order. Further columns, such as a number without a name, are left out; only `id` must be
 * there and filled. @throws UserError naming the line
 */
export async function readBatchReport(path: string): Promise<ReportRow[]> {
  const found: ReportRow[] = [];
  const lines = new Map<string, number>();
  for await (const rows of readCsv(fileBytes(path, "none"), path, ",")) {
    for (const row of rows) {
      const place = `${path} line ${row.line}`;
      if ("fault" in row) throw new UserError(`${place} ${row.fault.message}: mend or remove it.`);
      const read = reportRow(row.value as Record<string, string>, path, place);
      const earlier = lines.get(read.id);
      if (earlier !== undefined)
        throw new UserError(`${place} names the batch ${read.id} that line ${earlier} names already.`);
      lines.set(read.id, row.line);
      found.push(read);
    }
  }
  if (found.length > 0) return found;
  throw new UserError(`${path} names no batch: it must be a CSV with the columns ${COLUMNS.join(", ")}.`);
}

export async function writeBatchReport(path: string, rows: readonly ReportRow[]): Promise<void> {
  await writeOutput({ format: "csv", path, rows: each(rows), columns: COLUMNS });
}

function reportRow(row: Record<string, string>, path: string, place: string): ReportRow {
  if (!Object.hasOwn(row, "id")) {
    throw new UserError(
      `${path} has no column "id" (it has ${Object.keys(row).join(", ")}): a batch report has ${COLUMNS.join(", ")}.`,
    );
  }
  const [id, input_file_id, local_filepath, shard] = COLUMNS.map((column) => row[column]?.trim() ?? "");
  if (!/^[\w-]+$/.test(id!))
    throw new UserError(`${place} has ${JSON.stringify(id)} as id: it must be a batch's id.`);
  return { id: id!, input_file_id: input_file_id!, local_filepath: local_filepath!, shard: shard! };
}

async function* each<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}
