import { isBad, type PreparedRow } from "../datasets/preparing/prepared-row.ts";
import type { PreparedRows } from "../datasets/preparing/prepared-rows.ts";
import type { OutputFormat } from "../datasets/writing/output.ts";
import { writeOutput } from "../datasets/writing/write-output.ts";
import { type OutputPlace, outputPath, RecordFiles, type RowOutcome } from "./record-files.ts";

export interface Reannotation extends OutputPlace {
  rows: PreparedRows;
  /** Undefined while the row has no outcome. */
  outcomeOf(row: number): RowOutcome | undefined;
  format: OutputFormat;
}

/** A success line, as far as it is looked into here. */
interface ResponseLine {
  choices: { text: string | null; refusal?: string | null }[];
}

/**
 * Joins the prepared rows with the outcome of each, in dataset order, and writes `reannotated`, responses.jsonl,
 * errors.jsonl and config.yaml, each atomically. A row without a good answer is left out of `reannotated`.
 * @throws UserError when the output folder cannot be written
 */
export async function writeReannotated(
  reannotation: Reannotation,
): Promise<{ output: string; rows: number; failed: number }> {
  const { rows, format } = reannotation;
  await using records = await RecordFiles.create(reannotation);

  async function* annotated(): AsyncGenerator<object> {
    for await (const block of rows.readBlocks()) {
      for (const { row, value } of block) {
        const outcome = reannotation.outcomeOf(row);
        if (outcome === undefined) continue;
        records.add(outcome);
        if (records.full) await records.flush();
        if (outcome.ok && !isBad(value))
          yield {
            ...keptOf(reannotation, row, value),
            ...annotatedRow(value, JSON.parse(outcome.line.toString())),
          };
      }
    }
  }

  const name = `reannotated.${format}`;
  const output = outputPath(reannotation, name);
  const columns = [...(await keptColumns(reannotation)), ...columnsOf(reannotation)];
  await writeOutput({ format, path: output, rows: annotated(), columns: [...new Set(columns)] });
  await records.commit([name]);
  return { output, ...records.counts };
}

const keepsColumns = ({ config }: Reannotation): boolean =>
  (config.params as { keep_columns?: boolean } | undefined)?.keep_columns === true;

/** A row's number in its dataset and its own fields, where they are kept; ours take the place of those of their names. */
function keptOf(reannotation: Reannotation, row: number, { source }: PreparedRow): object {
  if (!keepsColumns(reannotation)) return {};
  return { row: reannotation.rows.dataset.first_row + row, ...source };
}

/** All that any row has: a table has no place for what only its later rows have. */
async function keptColumns(reannotation: Reannotation): Promise<string[]> {
  const { rows, format } = reannotation;
  if (!keepsColumns(reannotation) || (format !== "csv" && format !== "parquet")) return [];
  const columns = new Set(["row"]);
  for await (const block of rows.readBlocks())
    for (const { value } of block)
      if (!isBad(value)) for (const name of Object.keys(value.source ?? {})) columns.add(name);
  return [...columns];
}

/** Columns of CSV and Parquet, the same whatever the rows hold. */
function columnsOf({ rows, config }: Reannotation): string[] {
  const columns = ["system_prompt", "user_prompt", "annotation_original", "annotation"];
  const choices = (config.params as { n?: number } | undefined)?.n ?? 1;
  if (choices > 1) columns.push("annotations");
  // Chats, also those in a prompt column, may be more than system and user prompt.
  if (["chat", "prompt"].includes(rows.dataset.recipe.form)) columns.push("messages");
  return columns;
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
