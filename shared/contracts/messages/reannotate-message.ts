import { z } from "zod";
import { UserError } from "../../errors.ts";
import { saying } from "./field-sentences.ts";
import { flag, paceShape, rowsShape, text } from "./job-fields.ts";
import { readFields } from "./read-fields.ts";
import { type SamplingParameters, samplingAmong, samplingFaults, samplingShape } from "./sampling.ts";

/** Last token of the subject of its messages. */
export const REANNOTATE_KIND = "dataset-reannotate";

/** What a `dataset-reannotate` message may hold besides sampling; the names are those of the command's long flags. */
const reannotateShape = {
  dataset: text("dataset"),
  annotator: text("annotator").default("gpt-4o-mini-2024-07-18"),
  save_dir: text("save_dir").default("datasets/reannotated"),
  temp_dir: text("temp_dir").default("datasets/temp"),
  columns: text("columns").optional(),
  system: z.string({ error: saying("system", "give a text") }).optional(),
  template: text("template").optional(),
  split: text("split").optional(),
  subset: text("subset").optional(),
  revision: text("revision").optional(),
  ...rowsShape,
  /** The output's rows have their number and all fields of their source row, too. */
  keep_columns: flag("keep_columns").optional(),
  format: z
    .enum(["json", "jsonl", "csv", "parquet"], {
      error: saying("format", "give json, jsonl, csv or parquet"),
    })
    .default("json"),
  ...paceShape,
};

export const ReannotateMessage = z.strictObject({ ...reannotateShape, ...samplingShape });
export type ReannotateMessage = z.infer<typeof ReannotateMessage>;

/**
 * Reads a message's fields, defaults filled in.
 * @throws UserError with a sentence for each fault
 */
export function parseReannotateMessage(input: unknown): ReannotateMessage {
  const message = readFields(ReannotateMessage, input, {
    example: '{"dataset": "data.jsonl", "annotator": "gpt-4o-mini"}',
    missing: { dataset: "name a file or a hub dataset" },
  });
  const faults = samplingFaults(samplingOf(message));
  if (faults.length > 0) throw new UserError(faults.join(" "));
  return message;
}

/** The sampling parameters among the fields. */
export function samplingOf(message: ReannotateMessage): SamplingParameters {
  return samplingAmong(message);
}
