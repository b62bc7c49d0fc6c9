import { ENDED } from "../../shared/contracts/job-entry.ts";
import { changeJob, type JobView, showJob } from "../../shared/contracts/jobs-api.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { ask, NoAnswer } from "../../shared/runtime/requests.ts";
import { submitJob } from "../../shared/runtime/submit.ts";

export interface FollowOptions {
  everyMs?: number;
  /** Longer, and something is wrong. */
  withinMs: number;
  /** Called with each view; true ends the following. */
  until?: (view: JobView) => boolean;
}

const ANSWER_MS = 5000;

/** Publishes a job's message; gives the job's id. */
export async function submit(
  broker: Broker,
  message: Record<string, unknown>,
  kind = "dataset-reannotate",
): Promise<string> {
  const answer = await submitJob(broker, kind, message, { timeoutMs: 20_000 });
  if ("error" in answer) throw new Error(`the message was refused: ${answer.error}`);
  return answer.job;
}

/** Looks at a job until it ends. @throws Error where it takes longer than allowed */
export async function follow(broker: Broker, job: string, options: FollowOptions): Promise<JobView> {
  const giveUpAt = performance.now() + options.withinMs;
  let last: JobView | undefined;
  while (performance.now() < giveUpAt) {
    last = (await view(broker, job)) ?? last;
    if (last !== undefined && (ENDED.has(last.state) || options.until?.(last))) return last;
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 100));
  }
  const where =
    last === undefined
      ? "unknown"
      : `${last.state}, ${last.done} of ${last.rows} rows (${last.reason?.message})`;
  throw new Error(`job ${job} did not end within ${options.withinMs / 1000} s: ${where}`);
}

/** The job now; undefined while nobody answers. */
async function view(broker: Broker, job: string): Promise<JobView | undefined> {
  try {
    const answer = await ask(broker, showJob, [], { job }, ANSWER_MS);
    if ("error" in answer) throw new Error(answer.error);
    return answer.job;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** Ends a job whose rows need not all be made. */
export async function cancel(broker: Broker, job: string): Promise<void> {
  await ask(broker, changeJob, [], { job, change: "cancel" }, ANSWER_MS);
}
