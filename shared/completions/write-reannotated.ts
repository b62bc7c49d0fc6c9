import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { AtomicFile } from "../datasets/atomic-file.ts";
import { isBad, type PreparedRow } from "../datasets/prepared-row.ts";
import type { PreparedRows } from "../datasets/prepared-rows.ts";
import { type OutputFormat, writeOutput } from "../datasets/write-output.ts";

/** The outcome of a row that counts: its stored line, line feed included. */
export interface RowOutcome {
  ok: boolean;
  line: Buffer;
}

export interface Reannotation {
  rows: PreparedRows;
  /** Undefined while the row has no outcome. */
  outcomeOf(row: number): RowOutcome | undefined;
  outputFolder: string;
  format: OutputFormat;
  /** Results so far of a job that is not over: written beside, under other names. */
  partial: boolean;
  /** What config.yaml says. */
  config: Record<string, unknown>;
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
  const { rows, outputFolder, format, partial } = reannotation;
  const name = (base: string) => join(outputFolder, partial ? base.replace(".", ".partial.") : base);
  await using responses = await AtomicFile.create(name("responses.jsonl"));
  await using errors = await AtomicFile.create(name("errors.jsonl"));
  const counts = { rows: 0, failed: 0 };

  async function* annotated(): AsyncGenerator<object> {
    for await (const block of rows.readBlocks()) {
      for (const { row, value } of block) {
        const outcome = reannotation.outcomeOf(row);
        if (outcome === undefined) continue;
        const file = outcome.ok ? responses : errors;
        file.append(outcome.line);
        if (file.full) await file.flush();
        counts[outcome.ok ? "rows" : "failed"] += 1;
        if (outcome.ok && !isBad(value)) yield annotatedRow(value, JSON.parse(outcome.line.toString()));
      }
    }
  }

  const output = name(`reannotated.${format}`);
  await writeOutput({ format, path: output, rows: annotated(), columns: columnsOf(reannotation) });
  await responses.commit();
  await errors.commit();
  await using config = await AtomicFile.create(name("config.yaml"));
  config.append(stringify(reannotation.config));
  await config.commit();
  if (!partial) await removePartial(outputFolder);
  return { output, ...counts };
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
