import { expect } from "vitest";
import { answerTo, DATASET, type ForeignPlace, MODEL } from "./foreign-batches.ts";

/** Words of a watch over what `submitAll` made, and those that join its results with the dataset. */
export const WATCH = ["batch", "watch", "--batch_objects_file", "batch_objects.json", "--poll", "0.1"];
export const JOIN = ["--dataset", DATASET, "--annotator", MODEL, "--max_tokens", "64"];
/** Where the joined results go. */
export const OUTPUT = `datasets/reannotated/instructions_${MODEL}`;

export interface ResultLine {
  custom_id: string;
  response: { status_code: number; body: { choices: { message: { content: string } }[] } } | null;
  error: { code: string; message: string } | null;
}

export const idsOf = (lines: { custom_id: string }[]) => lines.map(({ custom_id }) => Number(custom_id));
export const upTo = (count: number) => Array.from({ length: count }, (_, row) => row);

/** Every row is in one of both files, once, in order; answers are the model's. */
export function expectEachRowOnce(all: Pick<ForeignPlace, "lines">, rows: number) {
  const results = all.lines<ResultLine>("batch_results.jsonl");
  const errors = all.lines<ResultLine>("batch_errors.jsonl");
  expect([...idsOf(results), ...idsOf(errors)].sort((a, b) => a - b)).toEqual(upTo(rows));
  expect(idsOf(results)).toEqual(idsOf(results).toSorted((a, b) => a - b));
  for (const { response, custom_id } of results)
    expect(response!.body.choices[0]!.message.content).toBe(answerTo(Number(custom_id)));
  return { results, errors };
}
