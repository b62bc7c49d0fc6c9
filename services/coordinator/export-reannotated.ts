import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { AtomicFile } from "../../shared/datasets/atomic-file.ts";
import { isBad, type PreparedRow } from "../../shared/datasets/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { writeOutput } from "../../shared/datasets/write-output.ts";
import type { Exported, ExportRequest } from "./export-in-child.ts";
import { openResultLines } from "./result-lines.ts";

/** A success line, as far as the export looks into it. */
interface ResponseLine {
  choices: { text: string | null; refusal?: string | null }[];
}

/**
 * Joins the prepared rows with the best result of each, in dataset order, and writes `reannotated`, responses.jsonl,
 * errors.jsonl and config.yaml, each atomically. A row without a good answer is left out of `reannotated`.
 * @throws UserError when the output folder cannot be written
 */
export async function exportReannotated(request: ExportRequest): Promise<Exported> {
  const name = (base: string) =>
    join(request.outputFolder, request.partial ? base.replace(".", ".partial.") : base);
  await using rows = await PreparedRows.open(request.workFolder);
  using results = await openResultLines(request.workFolder, request.parts, request.run, rows.count);
  await using responses = await AtomicFile.create(name("responses.jsonl"));
  await using errors = await AtomicFile.create(name("errors.jsonl"));
  const counts = { rows: 0, failed: 0 };

  async function* annotated(): AsyncGenerator<object> {
    for await (const block of rows.readBlocks()) {
      for (const { row, value } of block) {
        const result = results.of(row);
        if (result === undefined) continue;
        const file = result.ok ? responses : errors;
        file.append(result.line);
        if (file.full) await file.flush();
        counts[result.ok ? "rows" : "failed"] += 1;
        if (result.ok && !isBad(value)) yield annotatedRow(value, JSON.parse(result.line.toString()));
      }
    }
  }

  const output = name(`reannotated.${request.format}`);
  await writeOutput({
    format: request.format,
    path: output,
    rows: annotated(),
    columns: columnsOf(request, rows),
  });
  await responses.commit();
  await errors.commit();
  await using config = await AtomicFile.create(name("config.yaml"));
  config.append(stringify(request.config));
  await config.commit();
  if (!request.partial) await removePartial(request.outputFolder);
  return { output, ...counts };
}

/** Columns of CSV and Parquet, the same whatever the rows hold. */
function columnsOf(request: ExportRequest, rows: PreparedRows): string[] {
  const columns = ["system_prompt", "user_prompt", "annotation_original", "annotation"];
  const choices = (request.config.params as { n?: number } | undefined)?.n ?? 1;
  if (choices > 1) columns.push("annotations");
  // Chats, also those in a prompt column, may be more than system and user prompt.
  if (["chat", "prompt"].includes(rows.dataset.recipe.form)) columns.push("messages");
  return columns;
}

/** What was exported before the job was over is not to be taken for its result. */
async function removePartial(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (/^(reannotated|responses|errors|config)\.partial\.\w+$/.test(file))
      await rm(join(folder, file), { force: true });
  }
}

/** The text of choice 0, of all choices where several were asked for; a refusal's text where there is no other. */
function annotatedRow(row: PreparedRow, response: ResponseLine): object {
  const texts = response.choices.map((choice) => choice.text ?? choice.refusal ?? null);
  const { system_prompt, user_prompt, annotation_original, messages } = row;
  return {
    system_prompt,
    user_prompt,
    annotation_original,
    annotation: texts[0] ?? null,
    ...(texts.length > 1 ? { annotations: texts } : {}),
    ...(messages === undefined ? {} : { messages }),
  };
}
