import { z } from "zod";
import { HaltReason } from "./collector-questions.ts";
import { JobId, Run } from "./contract.ts";
import { DatasetRequest } from "./dataset-request.ts";

export const JobState = z.enum([
  "queued",
  "running",
  "paused",
  "exporting",
  "completed",
  "completed_with_errors",
  "cancelled",
  "failed",
]);
export type JobState = z.infer<typeof JobState>;

/** States in which nothing happens any more unless the user asks. */
export const ENDED: ReadonlySet<JobState> = new Set([
  "completed",
  "completed_with_errors",
  "cancelled",
  "failed",
]);

/** Limits as the user gave them: a number a minute, `unlimited`, or null where the provider's headers decide. */
export const GivenLimits = z.strictObject({
  requestsPerMinute: z.union([z.number().positive(), z.literal("unlimited")]).nullable(),
  tokensPerMinute: z.union([z.number().positive(), z.literal("unlimited")]).nullable(),
});
export type GivenLimits = z.infer<typeof GivenLimits>;

/** How a job's shards go through the provider's batches. */
export const BatchSpec = z.strictObject({
  /** Lines of a shard; null: by the number of rows. */
  maxBatchSize: z.int().positive().nullable(),
  /** Between two looks at the provider's list. */
  pollMs: z.number().positive(),
  /** What is done about batches that take much longer than their siblings. */
  hedge: z.enum(["off", "batch", "online"]),
  /** Rows that hedging may have paid twice, as a share of all. */
  maxHedgeCost: z.number().min(0),
  /** Where a judge's replies that could not be read are asked for again: by calls, or by further batches. */
  reaskLane: z.enum(["online", "batch"]).default("online"),
  /** A batch that was created, and whose answer got lost, is looked for so long before it is created again. */
  reconcileWaitMs: z.number().min(0),
  /** What request lines name as their address. */
  endpoint: z.string().default("/v1/chat/completions"),
  /** Of the price of a call. */
  discount: z.number().min(0).max(1),
  /** Prompt tokens that the key may have enqueued at once; null: learnt from refusals. */
  enqueuedTokens: z.int().positive().nullable(),
});
export type BatchSpec = z.infer<typeof BatchSpec>;

/** How completions of this job are to be made; all that a dispatcher needs to know of a job. */
export const DispatchSpec = z.strictObject({
  /** Resolved by the dispatcher's own registry: endpoint and key never travel in messages. */
  annotator: z.string(),
  route: z.string(),
  /** The request body without `messages`: model, sampling parameters, extra body. */
  request: z.record(z.string(), z.unknown()),
  /** Completion tokens that one choice may have at most, and choices a request; for reservations. */
  maxTokens: z.int().positive(),
  choices: z.int().positive(),
  limits: GivenLimits,
  charges: z.enum(["usage", "max_tokens", "auto"]),
  /** Calls of one row before it fails for good. */
  maxAttempts: z.int().positive(),
  /** The job has a budget: an answer that was paid and cannot be kept is not asked for again in this run. */
  budgeted: z.boolean().default(false),
  timeoutMs: z.number().positive().nullable(),
  /** In-flight calls of one replica at most; null: the annotator's. */
  concurrency: z.int().positive().nullable(),
  /** Finish reasons that are asked again and then fail. */
  invalidFinishReasons: z.array(z.string()),
  /** Who reads the replies: `judge` reads them before they are results. */
  returnTo: z.enum(["collector", "judge"]).default("collector"),
  /** Completions are made by the provider's batches; null: by calls. */
  batch: BatchSpec.nullable().default(null),
  /** Weight of this job in the round robin between jobs of a route. */
  priority: z.number().positive(),
});
export type DispatchSpec = z.infer<typeof DispatchSpec>;

export const Prices = z.strictObject({
  inputPerMillion: z.number().min(0),
  outputPerMillion: z.number().min(0),
});
export type Prices = z.infer<typeof Prices>;

/** What is to be done, resolved and checked: absolute paths, final parameters. */
export const JobSpec = z.strictObject({
  dataset: DatasetRequest,
  datasetName: z.string(),
  outputFolder: z.string(),
  /** The main output: a file of the output folder, or the folder itself. */
  output: z.string(),
  /** Begins the names of the files beside it (errors.jsonl, config.yaml ...), where it has not the folder for itself. */
  besidePrefix: z.string().default(""),
  workFolder: z.string(),
  /** Parameters as config.yaml shows them, by their flag names. */
  params: z.record(z.string(), z.unknown()),
  dispatch: DispatchSpec,
  format: z.enum(["json", "jsonl", "csv", "parquet"]),
  /** Tokenizer by which prompts are counted for the budget. */
  tokenizer: z.enum(["o200k_base", "cl100k_base", "estimate"]),
  prices: Prices.nullable(),
  /** US dollars. */
  maxCost: z.number().positive().nullable(),
  /** The job pauses where a larger share of its rows fails; null: it goes on whatever fails. */
  maxFailureRate: z.number().positive().max(1).nullable().default(null),
  /** Calls that one row can take at most besides attempts that failed: more than 1 where replies are asked for again. */
  asks: z.int().positive().default(1),
  /** What only the job's kind knows. */
  task: z.record(z.string(), z.unknown()).default({}),
});
export type JobSpec = z.infer<typeof JobSpec>;

/** A part of a plan: a job that the plan's owner submits in its time, or a tool that it runs. */
export const PlanStep = z.strictObject({
  /** Unique in the plan. */
  name: z.string(),
  does: z.enum(["job", "tool"]).default("job"),
  /** Kind of the job, or the tool's name. */
  kind: z.string(),
  /** The job's message, or the tool's fields. */
  message: z.record(z.string(), z.unknown()),
  /** Names of steps that must have been completed before. */
  after: z.array(z.string()).default([]),
  /** Paths whose content decides, with the message, whether it is to be made anew; null: its job decides that alone. */
  reads: z.array(z.string()).nullable().default(null),
  /** What it writes; null: its job knows, or nothing. */
  output: z.string().nullable().default(null),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** What is to be done by several jobs together. */
export const PlanSpec = z.strictObject({
  /** What the steps work on, as the message names it. */
  input: z.string(),
  outputFolder: z.string(),
  steps: z.array(PlanStep).min(1),
  /** The paths of the message, and so of its steps' messages, may lie anywhere. */
  granted: z.boolean(),
  /** All steps whose content decides whether they are made anew are. */
  anew: z.boolean().default(false),
});
export type PlanSpec = z.infer<typeof PlanSpec>;

/** By which act of a plan a job was submitted; a later submission or run of the plan submits it again. */
export const PlanMark = z.strictObject({ plan: JobId, submission: z.int().min(0), run: Run });
export type PlanMark = z.infer<typeof PlanMark>;

const entryShape = {
  id: JobId,
  /** Of the coordinator's kinds; the last token of the subject of its message. */
  kind: z.string(),
  run: Run,
  state: JobState,
  reason: HaltReason.nullable(),
  /** Sequence in the JOBS stream of the last submission that was applied: makes a redelivered one harmless. */
  submission: z.int().min(0),
  /** The plan whose step it is, if it is one. */
  parent: PlanMark.nullable().default(null),
  uuid: z.string(),
  /** W3C trace context of the first submission. */
  traceparent: z.string(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
};

/** A job whose rows are requests: they are fed to a lane and their results collected. */
export const RequestJob = z.strictObject({
  ...entryShape,
  /** Results of runs before this one do not count: the job was overwritten. */
  firstRun: Run,
  /**
   * It ended, but batches or calls that are paid have not: it keeps an owner until all that they bring is kept and
   * counted.
   */
  settling: z.boolean().optional(),
  /** Base URLs, without credentials, that the annotator had when the job was submitted; not given where they are unknown. */
  endpoints: z.array(z.string()).min(1).optional(),
  spec: JobSpec,
});
export type RequestJob = z.infer<typeof RequestJob>;

/** A job that consists of jobs: it makes no requests, and its counts are the sums of theirs. */
export const PlanJob = z.strictObject({ ...entryShape, plan: PlanSpec });
export type PlanJob = z.infer<typeof PlanJob>;

/** A job as the KV bucket `jobs` holds it; changed only by compare-and-set. */
export const JobEntry = z.union([RequestJob, PlanJob]);
export type JobEntry = z.infer<typeof JobEntry>;

export const isPlan = (entry: JobEntry): entry is PlanJob => "plan" in entry;
