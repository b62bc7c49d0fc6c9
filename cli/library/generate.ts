import { join, resolve } from "node:path";
import type { z } from "zod";
import { GENERATE_KIND, type GenerateMessage } from "../../shared/contracts/messages/generate-message.ts";
import { answerOf, failureOf } from "./answer.ts";
import { openKeptRows } from "./kept-rows.ts";
import type { RowOut, Rows, RunOptions } from "./row-out.ts";
import { openRuns } from "./run-rows.ts";
import { writeRows } from "./write-rows.ts";

type Fields = Omit<
  z.input<typeof GenerateMessage>,
  "source_file" | "target_dir" | "temp_dir" | "shard" | "format"
>;

export interface GenerateOptions<Row> extends Fields, RunOptions {
  /** Each becomes a prompt as a line of a JSONL file would: docs/generate.md. */
  rows: Rows<Row>;
}

/** @param model the name of the model whose answer it is */
export type GeneratedRow<Row> = RowOut<Row, string> & { model: string };

/**
 * Lets several models answer every row, and gives the answers out as they come; the files of each model lie in the folder.
 * @throws AssayError where the job is refused, fails or pauses itself
 */
export async function* generate<Row extends object>(
  options: GenerateOptions<Row>,
): AsyncGenerator<GeneratedRow<Row>> {
  const { rows, folder: given, annotators, simulator, onProgress, onNote, signal, ...fields } = options;
  const folder = resolve(given);
  const source = join(folder, "prompts.jsonl");
  await using runs = openRuns(options);
  await writeRows(rows, source);
  await using inputs = await openKeptRows<Row>(source);
  const places = { target_dir: join(folder, "responses"), temp_dir: join(folder, "temp") };
  const message = { ...fields, source_file: [source], ...places };
  for await (const { step, shown } of runs.rows(GENERATE_KIND, message)) {
    const index = shown.row + (fields.offset ?? 0);
    const input = await inputs.at(index);
    const model = step ?? "";
    if (shown.state === "failed") yield { ...failureOf(shown, index, input), model };
    else {
      const answer = answerOf(shown, 1);
      yield { ok: true, index, input, value: answer.text, answer, model };
    }
  }
}
