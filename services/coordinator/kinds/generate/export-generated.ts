import { basename } from "node:path";
import { outputPath, RecordFiles } from "../../../../shared/completions/record-files.ts";
import { isBad } from "../../../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../../../shared/datasets/preparing/prepared-rows.ts";
import type { OutputFormat } from "../../../../shared/datasets/writing/output.ts";
import { writeOutput } from "../../../../shared/datasets/writing/write-output.ts";
import { openResultLines } from "../../collecting/parts/result-lines.ts";
import type { Exported, ExportRequest } from "../../exporting/export-request.ts";
import { GenerateTask, outputName } from "./generate-task.ts";
import { generatedRow, type ResponseLine, sparseFeedbackRow } from "./generated-row.ts";

/**
 * Writes a file for each file of prompts, or one for a dataset of the hub, its rows in order with the model's answers, and
 * responses.jsonl, errors.jsonl and config.yaml, each atomically. A row without a good answer is left out, and stands in
 * errors.jsonl.
 * @throws UserError when the output folder cannot be written
 */
export async function exportGenerated(request: ExportRequest): Promise<Exported> {
  const { shape, system } = GenerateTask.parse(request.task);
  const { format } = request;
  await using rows = await PreparedRows.open(request.workFolder);
  using results = await openResultLines(request.workFolder, request.parts, request.run, rows.count);
  await using records = await RecordFiles.create(request);
  const { files, names } = filesOf(rows, request.output, format);
  const several = files.length > 1;

  async function* generated(place: number): AsyncGenerator<object> {
    const { path, from, recipe } = files[place]!;
    for await (const block of rows.readBlocks(from, files[place + 1]?.from)) {
      for (const { row, value } of block) {
        const result = results.of(row);
        if (result === undefined) continue;
        records.add(result, several ? { file: basename(path), file_row: row - from } : undefined);
        if (records.full) await records.flush();
        if (!result.ok || isBad(value)) continue;
        const response = JSON.parse(result.line.toString()) as ResponseLine;
        yield shape === "outputs"
          ? generatedRow(value, response, system)
          : sparseFeedbackRow(value, response, system, recipe);
      }
    }
  }

  for (const [place, name] of names.entries()) {
    const [from, to] = [files[place]!.from, files[place + 1]?.from];
    const isTable = format === "csv" || format === "parquet";
    const columns = isTable && shape === "outputs" ? await columnsOf(rows, from, to) : undefined;
    await writeOutput({ format, path: outputPath(request, name), rows: generated(place), columns });
  }
  await records.commit(names);
  const output = several ? request.outputFolder : outputPath(request, names[0]!);
  return { output, ...records.counts };
}

/** What stands beside the source row's own columns. */
const OWN_COLUMNS = ["asked", "outputs"];

/** All columns that any row has, and the answers: a table has no place for what only its later rows have. */
async function columnsOf(rows: PreparedRows, from: number, to: number | undefined): Promise<string[]> {
  const columns = new Set<string>();
  for await (const block of rows.readBlocks(from, to)) {
    for (const { value } of block)
      if (!isBad(value)) for (const name of Object.keys(value.source ?? {})) columns.add(name);
  }
  for (const own of OWN_COLUMNS) columns.delete(own);
  return [...columns, ...OWN_COLUMNS];
}

/** The files that the rows come from, and what is written for each. @param output the job's */
function filesOf({ dataset }: PreparedRows, output: string, format: OutputFormat) {
  const { files, recipe } = dataset;
  if (files !== undefined)
    return { files, names: files.map(({ path }) => outputName({ kind: "file", path }, format)) };
  const name = basename(output).replace(/\.\w+$/, `.${format}`);
  return { files: [{ path: name, from: 0, recipe }], names: [name] };
}
