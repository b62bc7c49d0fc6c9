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
import type { Shop } from "../context.ts";
import { exportSoFar } from "../exporting/export-so-far.ts";
import { editJob } from "../job/edit-job.ts";
import { haltedEntry } from "../job/end-job.ts";
import { changeJobAndSteps } from "../plans/change-plan.ts";
import { viewOf } from "./job-view.ts";
import { refusedMessages } from "./refused-messages.ts";
import { rowsOf } from "./rows-of.ts";

type Refusal = { error: string; exitCode: 2 | 3 };

/** Answers the questions about jobs; any coordinator may. */
export function answerJobsApi(shop: Shop): { stop(): void } {
  const { broker } = shop;
  const list = jobList(shop.jobs);
  const view = (entry: JobEntry): Promise<JobView> => viewOf(shop, entry);
  const find = async (name: string): Promise<JobEntry> => {
    const exact = await shop.jobs.get(name).catch(() => undefined);
    if (exact !== undefined) return exact.value;
    return oneOf(await list.all(), name);
  };
  const subscriptions = [
    answer(
      broker,
      listJobs,
      [],
      refusing(async () => {
        const entries = (await list.all()).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
        return { jobs: await Promise.all(entries.map(view)) };
      }),
      "coordinator",
    ),
    answer(
      broker,
      showJob,
      [],
      refusing(async ({ job }) => ({ job: await view(await find(job)) })),
      "coordinator",
    ),
    answer(
      broker,
      listRows,
      [],
      refusing(async (question) => {
        return { rows: await rowsOf(shop, await find(question.job), question) };
      }),
      "coordinator",
    ),
    answer(
      broker,
      changeJob,
      [],
      refusing(async ({ job, change }) => {
        return { job: await view(await changeJobAndSteps(shop, await find(job), change)) };
      }),
      "coordinator",
    ),
    answer(
      broker,
      exportJob,
      [],
      refusing(async ({ job, format }) => {
        return await exportSoFar(shop, await find(job), format);
      }),
      "coordinator",
    ),
    answer(
      broker,
      listRefused,
      [],
      refusing(async ({ limit }) => ({ refused: await refusedMessages(broker, limit) })),
      "coordinator",
    ),
    answer(
      broker,
      haltJob,
      [],
      async ({ job, run, state, reason }) => {
        const held = await editJob(broker, shop.jobs, job, (entry) =>
          entry.run === run && !ENDED.has(entry.state) && entry.state !== "paused"
            ? haltedEntry(entry, state, reason)
            : undefined,
        );
        return { halted: held?.value.state === state };
      },
      "coordinator",
    ),
  ];
  return {
    stop: () => {
      for (const subscription of subscriptions) subscription.stop();
    },
  };
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
