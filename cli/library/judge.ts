import { join, resolve } from "node:path";
import type { z } from "zod";
import { JUDGE_KIND, type JudgeMessage } from "../../shared/contracts/messages/judge-message.ts";
import type { Rows, RunOptions } from "./row-out.ts";
import { openRuns } from "./run-rows.ts";
import { readRows, writeRows } from "./write-rows.ts";

type Fields = Omit<z.input<typeof JudgeMessage>, "input" | "output" | "temp_dir">;

export interface JudgeOptions<Row> extends Fields, RunOptions {
  /** Prompts with the responses to be judged, as the method reads them: docs/judging.md. */
  rows: Rows<Row>;
}

/**
 * Has a model judge responses, and gives the judged rows in order when all are through, as `assay judge` writes them: a
 * verdict may need several replies, and what does not parse is asked again meanwhile.
 * @throws AssayError where the job is refused, fails or pauses itself
 */
export async function* judge<Row extends object>(
  options: JudgeOptions<Row>,
): AsyncGenerator<Record<string, unknown>> {
  const { rows, folder: given, annotators, simulator, onProgress, onNote, signal, ...fields } = options;
  const folder = resolve(given);
  const [input, output] = [join(folder, "responses.jsonl"), join(folder, "judged.jsonl")];
  await using runs = openRuns(options);
  await writeRows(rows, input);
  const message = { ...fields, input, output, temp_dir: join(folder, "temp") };
  for await (const _ of runs.rows(JUDGE_KIND, message));
  yield* readRows<Record<string, unknown>>(output);
}
