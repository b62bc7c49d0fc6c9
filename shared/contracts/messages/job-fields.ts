import { z } from "zod";
import { saying } from "./field-sentences.ts";

/** Builders of a message's fields: each fault is one sentence that names the field. */
export const text = (name: string) =>
  z.string({ error: saying(name, "give a text") }).min(1, `${name} is empty: give a text, or leave it out.`);
export const flag = (name: string) => z.boolean({ error: saying(name, "give true or false") });
export const whole = (name: string, min: number, max: number) => {
  const error = saying(name, `give a whole number from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const positive = (name: string) => {
  const error = saying(name, "give a number above 0");
  return z.number({ error }).positive({ error });
};
const share = (name: string) => {
  const error = saying(name, "give a number above 0, and 1 at most");
  return z.number({ error }).positive({ error }).max(1, { error });
};
const limit = (name: string) => {
  const error = saying(name, 'give a number above 0, or "unlimited"');
  return z.union([z.number().positive(), z.literal("unlimited")], { error });
};

export const oneOf = <const Names extends readonly string[]>(name: string, names: Names) =>
  z.enum(names, { error: saying(name, `give one of ${names.join(", ")}`) });
/** Names, also as one text with commas. */
export const list = (name: string) =>
  z
    .union([z.string(), z.array(z.string())], { error: saying(name, "give names separated by commas") })
    .transform((given) =>
      (typeof given === "string" ? given.split(",") : given).map((one) => one.trim()).filter(Boolean),
    );
const numberFrom = (name: string, min: number, max: number, unit = "") => {
  const error = saying(name, `give a number${unit} from ${min} to ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
};

/** Seconds. */
const A_DAY = 86_400;
/** More rows than any dataset has. */
const MANY_ROWS = 1_000_000_000;

const SHARD = saying("shard", "give INDEX/COUNT such as 2/8, counted from 1");

/** Which rows of the input, by number. */
export const rowsShape = {
  limit: whole("limit", 1, MANY_ROWS).optional(),
  offset: whole("offset", 0, MANY_ROWS).optional(),
  shard: z
    .string({ error: SHARD })
    .regex(/^[1-9]\d*\/[1-9]\d*$/, { error: SHARD })
    .optional(),
  skip_bad_rows: flag("skip_bad_rows").default(false),
};

/** The batch lane. All but `batch` itself need it. */
const batchShape = {
  batch: flag("batch").default(false),
  max_batch_size: whole("max_batch_size", 1, 50_000).optional(),
  poll: numberFrom("poll", 0.1, A_DAY, " of seconds").optional(),
  hedge: oneOf("hedge", ["off", "batch", "online"]).optional(),
  max_hedge_cost: numberFrom("max_hedge_cost", 0, 1).optional(),
  reconcile_wait: numberFrom("reconcile_wait", 0, A_DAY, " of seconds").optional(),
};
export const BATCH_FIELDS = Object.keys(batchShape) as (keyof typeof batchShape)[];

/** How fast and how dear a job may be, and what becomes of what fails: the same for every kind of job that makes calls. */
export const paceShape = {
  max_requests_per_minute: limit("max_requests_per_minute").optional(),
  max_tokens_per_minute: limit("max_tokens_per_minute").optional(),
  charges: z
    .enum(["auto", "usage", "max_tokens"], { error: saying("charges", "give auto, usage or max_tokens") })
    .optional(),
  max_cost: positive("max_cost").optional(),
  priority: positive("priority").default(1),
  max_attempts: whole("max_attempts", 1, 100).default(5),
  max_failure_rate: share("max_failure_rate").optional(),
  timeout: positive("timeout").optional(),
  concurrency: whole("concurrency", 1, 20_000).optional(),
  invalid_finish_reasons: list("invalid_finish_reasons").default(["content_filter"]),
  ...batchShape,
  retry_failed: flag("retry_failed").default(false),
  overwrite: flag("overwrite").default(false),
};

const PaceFields = z.strictObject(paceShape);
export type PaceFields = z.infer<typeof PaceFields>;

/** Fields that may differ when the same job is started again; all others decide what the result is. */
export const CHANGEABLE: ReadonlySet<string> = new Set([
  ...Object.keys(paceShape),
  "reask_lane",
  "temp_dir",
  "save_dir",
  "format",
]);
