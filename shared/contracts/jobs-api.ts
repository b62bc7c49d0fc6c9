import { z } from "zod";
import { anyOf } from "../words/any-of.ts";
import { BatchTotals } from "./batch-totals.ts";
import { HaltReason } from "./collector-questions.ts";
import { defineRequest, JobId, Row } from "./contract.ts";
import { JobState } from "./job-entry.ts";

/** A job's batches as a person sees them: of this run, but for tokens, cost and the rows paid twice, which are of all runs. */
export const BatchesView = BatchTotals.omit({ run: true, closed: true, discount: true }).extend({
  /** US dollars; null where the model's price is unknown. */
  cost: z.number().nullable(),
  /** How often they are looked at. */
  lookEveryMs: z.number().optional(),
  /** Lists the batches, for `assay batch watch`; null for a plan, each of whose jobs has its own. */
  objectsFile: z.string().nullable(),
  /** The job ended, but batches of it have not: its cost may still rise. */
  settling: z.boolean(),
});
export type BatchesView = z.infer<typeof BatchesView>;

/** Something that must come before a job gets on. */
export const JobWait = z.strictObject({
  /** Ends "waiting for ...". */
  what: z.string(),
  /** Unix milliseconds. */
  sinceMs: z.number(),
  /** Null: nobody knows. */
  untilMs: z.number().nullable(),
});
export type JobWait = z.infer<typeof JobWait>;

const countsShape = {
  /** Null until the dataset has been read. */
  rows: z.int().nullable(),
  done: z.int(),
  failed: z.int(),
  truncated: z.int(),
  repeated: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  /** US dollars; null where the model's price is unknown. */
  cost: z.number().nullable(),
};

/** A step of a plan as a person sees it. */
export const StepView = z.strictObject({
  name: z.string(),
  kind: z.string(),
  /** Null where it has not been submitted, or was refused. */
  job: JobId.nullable(),
  state: z.enum([...JobState.options, "waiting", "refused"]),
  reason: HaltReason.nullable(),
  ...countsShape,
  batches: BatchesView.optional(),
  waits: z.array(JobWait).optional(),
  output: z.string().nullable(),
  /** What a tool said of its work. */
  result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
});
export type StepView = z.infer<typeof StepView>;

/** A job as a person sees it. Of a plan the counts, tokens and cost are the sums of its steps'. */
export const JobView = z.strictObject({
  job: JobId,
  kind: z.string(),
  state: JobState,
  reason: HaltReason.nullable(),
  run: z.int(),
  ...countsShape,
  seconds: z.number(),
  /** The plan whose step it is, if it is one. */
  parent: JobId.nullable(),
  /** Null: it is no plan. */
  steps: z.array(StepView).nullable(),
  /** What it waits for; not given where it waits for nothing. */
  waits: z.array(JobWait).optional(),
  /** Only of jobs on the batch lane; their tokens and cost are in the sums above. */
  batches: BatchesView.optional(),
  dataset: z.string(),
  annotator: z.string(),
  outputFolder: z.string(),
  /** The main output file; it exists once the job is completed. */
  output: z.string(),
  /** The file of failed rows with their reasons; it exists then too. */
  errors: z.string(),
  owner: z.string().nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
});
export type JobView = z.infer<typeof JobView>;

/** Any answer may be an error: one sentence, and whether the input was bad (2) or the system could not (3). */
const ApiError = z.strictObject({
  error: z.string(),
  exitCode: z.union([z.literal(2), z.literal(3)]),
});
const orError = <Answer extends z.ZodType>(answer: Answer) => z.union([answer, ApiError]);

/** What a submission is answered with: the job's id and state, or why it was refused. */
export const SubmissionAnswer = z.union([
  z.strictObject({ job: JobId, state: JobState, note: z.string().nullable() }),
  ApiError,
]);
export type SubmissionAnswer = z.infer<typeof SubmissionAnswer>;

export const listJobs = defineRequest({
  subject: () => "api.jobs.list",
  question: z.strictObject({}),
  answer: orError(z.strictObject({ jobs: z.array(JobView) })),
});

/** `job` may be a prefix of the id, as long as it is the only one. */
export const showJob = defineRequest({
  subject: () => "api.jobs.show",
  question: z.strictObject({ job: z.string() }),
  answer: orError(z.strictObject({ job: JobView })),
});

export const listRows = defineRequest({
  subject: () => "api.jobs.rows",
  question: z.strictObject({
    job: z.string(),
    failed: z.boolean(),
    limit: z.int().positive().max(1000),
    from: Row,
  }),
  answer: orError(z.strictObject({ rows: z.array(z.record(z.string(), z.unknown())) })),
});

/** Pause, resume, cancel, retry the failed rows, or export what there is. */
const CHANGES = ["pause", "resume", "cancel", "retry"] as const;

export const changeJob = defineRequest({
  subject: () => "api.jobs.change",
  question: z.strictObject({
    job: z.string(),
    change: z.enum(CHANGES, { error: `is not ${anyOf(CHANGES)}` }),
  }),
  answer: orError(z.strictObject({ job: JobView })),
});

export const exportJob = defineRequest({
  subject: () => "api.jobs.export",
  question: z.strictObject({
    job: z.string(),
    format: z.enum(["json", "jsonl", "csv", "parquet"]).nullable(),
  }),
  answer: orError(z.strictObject({ output: z.string(), rows: z.int(), failed: z.int() })),
});

/** A message that could not be carried out, as it is kept in the dead letters. */
const RefusedMessage = z.strictObject({
  seq: z.int(),
  /** When it was refused, ISO 8601. */
  at: z.string(),
  subject: z.string(),
  reason: z.string(),
  /** Its beginning. */
  body: z.string(),
});
export type RefusedMessage = z.infer<typeof RefusedMessage>;

/** The newest first. */
export const listRefused = defineRequest({
  subject: () => "api.jobs.refused",
  question: z.strictObject({ limit: z.int().positive().max(1000) }),
  answer: orError(z.strictObject({ refused: z.array(RefusedMessage) })),
});

const AnnotatorCheck = {
  question: z.strictObject({ annotator: z.string() }),
  answer: z.strictObject({
    /** Null when the key is there; else one sentence. */
    fault: z.string().nullable(),
    /** Where calls go, without credentials. */
    baseUrl: z.string().nullable(),
  }),
};

/** What the running system has of an annotator: asked before a job is submitted, so that a missing key is named early. */
export const checkAnnotator = defineRequest({ subject: () => "dispatchers.check", ...AnnotatorCheck });

/** The same of those that make its batches. */
export const checkBatchAnnotator = defineRequest({
  subject: () => "batch-supervisors.check",
  ...AnnotatorCheck,
});
