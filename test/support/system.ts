import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestJob } from "../../shared/contracts/job-entry.ts";
import { JobProgress } from "../../shared/contracts/job-progress.ts";
import { changeJob, type JobView, type SubmissionAnswer, showJob } from "../../shared/contracts/jobs-api.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { openStore, type Store } from "../../shared/runtime/store.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import { BUCKETS } from "../../shared/topology.ts";
import { type CoordinatorOptions, GRANT_KEY, startCoordinator, type TestCoordinator } from "./coordinator.ts";
import { startNats, type TestNats } from "./nats.ts";
import { answerTo, type PlayedWorker, type PlayedWorkerOptions, playWorker } from "./played-worker.ts";
import { until } from "./until.ts";

/** Short times, so that what waits for one of them is seen within a test. */
export const QUICK = { ASSAY_JOB_LEASE_MS: "1500", ASSAY_ACK_WAIT_MS: "2000" };

const LAST_STATES = new Set(["completed", "completed_with_errors", "cancelled", "failed", "paused"]);

/** A broker, a data folder and clients; what is started through it ends with it. */
export interface TestSystem extends AsyncDisposable {
  readonly nats: TestNats;
  /** The data root. */
  readonly folder: string;
  /** With the permissions of a user's client. */
  readonly client: Broker;
  coordinator(options?: Partial<CoordinatorOptions>): Promise<TestCoordinator>;
  worker(options?: PlayedWorkerOptions): Promise<PlayedWorker>;
  /** Writes `rows` instructions into NAME.jsonl in the data root; gives the name. */
  dataset(rows: number, name?: string): string;
  submit(message: Record<string, unknown>, options?: { granted?: boolean }): Promise<SubmissionAnswer>;
  /** Submits and expects a job; gives its id. */
  start(message: Record<string, unknown>): Promise<string>;
  change(job: string, change: "pause" | "resume" | "cancel" | "retry"): Promise<JobView>;
  show(job: string): Promise<JobView | undefined>;
  /** Waits until the job is over, or paused. */
  over(job: string, withinMs?: number): Promise<JobView>;
  /** With the permissions of a coordinator: for looking at what lies in the broker. */
  readonly admin: Broker;
  /** The KV entries as they stand; there are none before a coordinator has started. */
  stores(): Promise<{ jobs: Store<RequestJob>; progress: Store<JobProgress> }>;
}

/** @param brokerMb what the broker's streams may reserve together */
export async function startSystem({ brokerMb }: { brokerMb?: number } = {}): Promise<TestSystem> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = mkdtempSync(join(tmpdir(), "assay-coordinator-"));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const nats = stack.use(await startNats(brokerMb));
    const client = await openBroker(nats.url("client"), "test-client", 5000);
    stack.defer(() => client.close());
    const admin = await openBroker(nats.url("coordinator"), "test-admin", 5000);
    stack.defer(() => admin.close());
    return systemOf(stack, { nats, folder, client, admin });
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function systemOf(
  stack: AsyncDisposableStack,
  parts: Pick<TestSystem, "nats" | "folder" | "client" | "admin">,
): TestSystem {
  const { nats, folder, client, admin } = parts;
  const show = async (job: string) => {
    const answer = await ask(client, showJob, [], { job }, 2000).catch(() => undefined);
    return answer === undefined || "error" in answer ? undefined : answer.job;
  };
  const submit: TestSystem["submit"] = (message, options = {}) =>
    submitJob(
      client,
      "dataset-reannotate",
      { save_dir: "out", temp_dir: "temp", annotator: "gpt-4o-mini", ...message },
      { timeoutMs: 20_000, ...(options.granted ? { grantKey: GRANT_KEY } : {}) },
    );
  return {
    ...parts,
    coordinator: async (options = {}) => {
      const environment = { ...QUICK, ...options.environment };
      return stack.use(await startCoordinator(nats, { roots: folder, ...options, environment }));
    },
    worker: async (options) => stack.use(await playWorker(nats, options)),
    dataset: (rows, name = "data") => {
      const lines = Array.from({ length: rows }, (_, row) =>
        JSON.stringify({ instruction: questionOf(row) }),
      );
      writeFileSync(join(folder, `${name}.jsonl`), `${lines.join("\n")}\n`);
      return `${name}.jsonl`;
    },
    submit,
    start: async (message) => {
      const answer = await submit(message);
      if ("error" in answer) throw new Error(`refused: ${answer.error}`);
      return answer.job;
    },
    change: async (job, change) => {
      const answer = await ask(client, changeJob, [], { job, change }, 10_000);
      if ("error" in answer) throw new Error(answer.error);
      return answer.job;
    },
    show,
    over: async (job, withinMs = 90_000) => {
      let seen: JobView | undefined;
      return await until(
        "the job is over",
        async () => {
          seen = (await show(job)) ?? seen;
          return seen !== undefined && LAST_STATES.has(seen.state) && seen;
        },
        { withinMs, seen: () => seen },
      );
    },
    stores: async () => ({
      jobs: await openStore(admin, BUCKETS.jobs, RequestJob),
      progress: await openStore(admin, BUCKETS.progress, JobProgress),
    }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export const questionOf = (row: number) => `question ${row}`;

/** What a file of JSON lines holds. */
export function linesOf(path: string): Record<string, unknown>[] {
  const text = readFileSync(path, "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The main output, as pairs of question and answer in the order of the file. */
export function annotationsOf(view: JobView): [string, string | null][] {
  const rows = JSON.parse(readFileSync(view.output, "utf8")) as {
    user_prompt: string;
    annotation: string | null;
  }[];
  return rows.map(({ user_prompt, annotation }) => [
    /question \d+/.exec(user_prompt)?.[0] ?? user_prompt,
    annotation,
  ]);
}

/** What `annotationsOf` gives when each row, but those left out, has its good answer. */
export function allAnswered(rows: number, without: number[] = []): [string, string][] {
  return Array.from({ length: rows }, (_, row) => row)
    .filter((row) => !without.includes(row))
    .map((row) => [questionOf(row), answerTo(row)]);
}

/** Rows that stand more than once. */
export function repeatedIn(rows: readonly number[]): number[] {
  return [...new Set(rows.filter((row, place) => rows.indexOf(row) !== place))];
}
