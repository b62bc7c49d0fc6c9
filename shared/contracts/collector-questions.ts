import { z } from "zod";
import { defineRequest, JobId, Rows, Run } from "./contract.ts";

/**
 * Asked of a job's collector before a chunk is started: which of these rows need no call any more. It answers after it
 * has read the job's result stream up to its end at the moment of the question. A worker that names itself claims the
 * rows that are neither done nor taken, all or none: after a broker's death a chunk may be given to a second worker
 * while the first, alive, still works on it. Claims hold while their worker asks now and then, be it for no rows.
 */
export const whichRowsAreDone = defineRequest({
  subject: (job: string) => `collector.done.${job}`,
  question: z.strictObject({
    job: JobId,
    run: Run,
    rows: Rows,
    /** Unique to the process. */
    worker: z.string().optional(),
    /** It gives up what it claimed. */
    leaving: z.boolean().optional(),
  }),
  answer: z.strictObject({
    done: Rows,
    /** In the hands of another worker: ask again. */
    taken: Rows.optional(),
  }),
});

/** Why a job cannot go on at the moment, or at all. */
export const HaltReason = z.strictObject({
  /** authentication, quota, no_key, max_cost, unsupported_parameter, bad_input, disk, user ... */
  code: z.string(),
  /** One sentence naming the thing and the way out. */
  message: z.string(),
});
export type HaltReason = z.infer<typeof HaltReason>;

/** Asked of any coordinator by a worker that found that calling on is useless: pause (can be resumed) or fail the job. */
export const haltJob = defineRequest({
  subject: () => "jobs-control.halt",
  question: z.strictObject({ job: JobId, run: Run, state: z.enum(["paused", "failed"]), reason: HaltReason }),
  answer: z.strictObject({ halted: z.boolean() }),
});
