import type { z } from "zod";
import { haltJob } from "../../../shared/contracts/collector-questions.ts";
import { ENDED, type JobEntry } from "../../../shared/contracts/job-entry.ts";
import {
  changeJob,
  exportJob,
  type JobView,
  listJobs,
  listRefused,
  listRows,
  showJob,
} from "../../../shared/contracts/jobs-api.ts";
import { EXIT, messageOf, UserError } from "../../../shared/errors.ts";
import { jobList } from "../../../shared/runtime/job-list.ts";
import { log } from "../../../shared/runtime/log.ts";
import { answer } from "../../../shared/runtime/requests.ts";
import { anyOf } from "../../../shared/words/any-of.ts";
import { nearestNames } from "../../../shared/words/nearest-names.ts";
import type { CoordinatorContext } from "../context.ts";
import { exportSoFar } from "../exporting/export-so-far.ts";
import { editJob } from "../job/edit-job.ts";
import { haltedEntry } from "../job/end-job.ts";
import { changeJobAndSteps } from "../plans/change-plan.ts";
import { viewOf } from "./job-view.ts";
import { refusedMessages } from "./refused-messages.ts";
import { rowsOf } from "./rows-of.ts";

/** One of the coordinators answers. */
const QUEUE = "coordinator";

type Refusal = { error: string; exitCode: 2 | 3 };

/** Answers the questions about jobs; any coordinator may. */
export function answerJobsApi(context: CoordinatorContext): { stop(): void } {
  const subscriptions = [...answersAbout(context, jobList(context.jobs)), answerHalts(context)];
  return {
    stop: () => {
      for (const subscription of subscriptions) subscription.stop();
    },
  };
}

type Subscription = ReturnType<typeof answer>;

function answersAbout(context: CoordinatorContext, list: ReturnType<typeof jobList>): Subscription[] {
  const { broker } = context;
  const view = (entry: JobEntry): Promise<JobView> => viewOf(context, entry);
  const find = async (name: string): Promise<JobEntry> => {
    const exact = await context.jobs.get(name).catch(() => undefined);
    return exact?.value ?? oneOf(await list.all(), name);
  };
  const all = refusing(async () => {
    const entries = (await list.all()).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
    return { jobs: await Promise.all(entries.map(view)) };
  });
  const one = refusing(async ({ job }: { job: string }) => ({ job: await view(await find(job)) }));
  const rows = refusing(async (question: QuestionOf<typeof listRows>) => ({
    rows: await rowsOf(context, await find(question.job), question),
  }));
  const changed = refusing(async ({ job, change }: QuestionOf<typeof changeJob>) => ({
    job: await view(await changeJobAndSteps(context, await find(job), change)),
  }));
  const exported = refusing(
    async ({ job, format }: QuestionOf<typeof exportJob>) =>
      await exportSoFar(context, await find(job), format),
  );
  const refused = refusing(async ({ limit }: QuestionOf<typeof listRefused>) => ({
    refused: await refusedMessages(broker, limit),
  }));
  return [
    answer(broker, listJobs, [], all, QUEUE),
    answer(broker, showJob, [], one, QUEUE),
    answer(broker, listRows, [], rows, QUEUE),
    answer(broker, changeJob, [], changed, QUEUE),
    answer(broker, exportJob, [], exported, QUEUE),
    answer(broker, listRefused, [], refused, QUEUE),
  ];
}

type QuestionOf<Request extends { question: z.ZodType }> = z.infer<Request["question"]>;

/** A worker or the batch supervisor found why a job cannot go on. */
function answerHalts({ broker, jobs }: CoordinatorContext): Subscription {
  const halt = async ({ job, run, state, reason }: QuestionOf<typeof haltJob>) => {
    const held = await editJob(broker, jobs, job, (entry) =>
      entry.run === run && !ENDED.has(entry.state) && entry.state !== "paused"
        ? haltedEntry(entry, state, reason)
        : undefined,
    );
    return { halted: held?.value.state === state };
  };
  return answer(broker, haltJob, [], halt, QUEUE);
}

/** Turns what the user did wrong into an answer; what we did wrong is logged and said without details. */
function refusing<Question, Answer>(
  handle: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer | Refusal> {
  return async (question) => {
    try {
      return await handle(question);
    } catch (error) {
      if (error instanceof UserError) return { error: error.message, exitCode: error.exitCode };
      log().error({ err: error }, "a question about jobs failed");
      return {
        error: `The coordinator failed to answer (${messageOf(error)}): see its log.`,
        exitCode: EXIT.couldNotRun,
      };
    }
  };
}

function oneOf(entries: JobEntry[], name: string): JobEntry {
  const matching = name === "" ? [] : entries.filter(({ id }) => id.startsWith(name));
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1)
    throw new UserError(`${matching.length} jobs begin with ${name}: give more of the id.`);
  const near = nearestNames(
    name,
    entries.map(({ id }) => id),
    2,
  );
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : "`assay jobs` lists them.";
  throw new UserError(`There is no job ${JSON.stringify(name.slice(0, 50))}: ${hint}`);
}
