import { z } from "zod";
import { UserError } from "../errors.ts";
import { type SamplingParameters, samplingFaults, samplingShape } from "./sampling.ts";

const text = (name: string) => z.string({ error: `${name} must be a text.` }).min(1, `${name} is empty.`);
const flag = (name: string) => z.boolean({ error: `${name} must be true or false.` });
const whole = (name: string, min: number, max: number) => {
  const error = `${name} must be a whole number from ${min} to ${max}.`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const positive = (name: string) => {
  const error = `${name} must be a number above 0.`;
  return z.number({ error }).positive({ error });
};
const limit = (name: string) =>
  z.union([positive(name), z.literal("unlimited")], {
    error: `${name} must be a number above 0, or "unlimited".`,
  });

const MANY = 1_000_000_000;

/** What a `dataset-reannotate` message may hold besides sampling; the names are those of the command's long flags. */
const reannotateShape = {
  dataset: text("dataset"),
  annotator: text("annotator").default("gpt-4o-mini-2024-07-18"),
  save_dir: text("save_dir").default("datasets/reannotated"),
  temp_dir: text("temp_dir").default("datasets/temp"),
  columns: text("columns").optional(),
  system: z.string({ error: "system must be a text." }).optional(),
  template: text("template").optional(),
  split: text("split").optional(),
  subset: text("subset").optional(),
  revision: text("revision").optional(),
  limit: whole("limit", 1, MANY).optional(),
  offset: whole("offset", 0, MANY).optional(),
  shard: z
    .string({ error: "shard must be a text such as 2/8." })
    .regex(/^[1-9]\d*\/[1-9]\d*$/, "shard must be index/count such as 2/8, counted from 1.")
    .optional(),
  skip_bad_rows: flag("skip_bad_rows").default(false),
  format: z
    .enum(["json", "jsonl", "csv", "parquet"], { error: "format must be json, jsonl, csv or parquet." })
    .default("json"),
  max_requests_per_minute: limit("max_requests_per_minute").optional(),
  max_tokens_per_minute: limit("max_tokens_per_minute").optional(),
  charges: z
    .enum(["auto", "usage", "max_tokens"], { error: "charges must be auto, usage or max_tokens." })
    .optional(),
  max_cost: positive("max_cost").optional(),
  priority: positive("priority").default(1),
  max_attempts: whole("max_attempts", 1, 100).default(5),
  timeout: positive("timeout").optional(),
  concurrency: whole("concurrency", 1, 20_000).optional(),
  invalid_finish_reasons: z
    .union([z.string(), z.array(z.string())], {
      error: "invalid_finish_reasons must be names separated by commas.",
    })
    .transform((given) =>
      (typeof given === "string" ? given.split(",") : given).map((name) => name.trim()).filter(Boolean),
    )
    .default(["content_filter"]),
  retry_failed: flag("retry_failed").default(false),
  overwrite: flag("overwrite").default(false),
};

export const ReannotateMessage = z.strictObject({ ...reannotateShape, ...samplingShape });
export type ReannotateMessage = z.infer<typeof ReannotateMessage>;

/** Fields that may differ when the same job is started again; all others decide what the result is. */
export const CHANGEABLE: ReadonlySet<string> = new Set([
  "max_requests_per_minute",
  "max_tokens_per_minute",
  "charges",
  "max_cost",
  "priority",
  "max_attempts",
  "timeout",
  "concurrency",
  "temp_dir",
  "save_dir",
  "format",
  "retry_failed",
  "overwrite",
  "invalid_finish_reasons",
]);

/**
 * Reads a message's fields, defaults filled in.
 * @throws UserError with a sentence for each fault
 */
export function parseReannotateMessage(input: unknown): ReannotateMessage {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new UserError(
      'The message must be a JSON object such as {"dataset": "data.jsonl", "annotator": "gpt-4o-mini"}.',
    );
  }
  const parsed = ReannotateMessage.safeParse(input);
  const faults = parsed.success ? samplingFaults(samplingOf(parsed.data)) : parsed.error.issues.map(sentence);
  if (faults.length > 0) throw new UserError(faults.join(" "));
  return parsed.data!;
}

/** The sampling parameters among the fields. */
export function samplingOf(message: ReannotateMessage): SamplingParameters {
  const names = Object.keys(samplingShape) as (keyof SamplingParameters)[];
  return Object.fromEntries(names.map((name) => [name, message[name]])) as SamplingParameters;
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `There is no field ${issue.keys.join(", ")}: the fields are ${Object.keys(ReannotateMessage.shape).join(", ")}.`;
  }
  if (issue.code === "invalid_type" && issue.path[0] === "dataset")
    return "The field dataset is missing: name a file or a hub dataset.";
  return issue.message;
}
