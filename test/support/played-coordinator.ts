import { randomBytes } from "node:crypto";
import { haltJob, whichRowsAreDone } from "../../shared/contracts/collector-questions.ts";
import { type CompletionChunk, completionsWanted } from "../../shared/contracts/completion-chunk.ts";
import { type DispatchSpec, RequestJob } from "../../shared/contracts/job-entry.ts";
import { type ResultChunk, type RowResult, resultsMade } from "../../shared/contracts/result-chunk.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { publishDurably } from "../../shared/runtime/publish.ts";
import { consumeWork } from "../../shared/runtime/pulling/work.ts";
import { answer, broadcast } from "../../shared/runtime/requests.ts";
import { openStore, type Store } from "../../shared/runtime/store.ts";
import {
  deleteStream,
  ensureTopology,
  ensureWorker,
  ensureWorkQueue,
  lastSequence,
} from "../../shared/runtime/streams.ts";
import { BUCKETS, jobChanged, resultStream, workStream, workStreamBytes } from "../../shared/topology.ts";
import type { TestNats } from "./nats.ts";
import { until } from "./until.ts";

const STREAM_BYTES = workStreamBytes({ rows: 10_000, bytes: 0 });

/** The coordinator's part as a test plays it: it feeds rows, answers questions, and collects what comes. */
export interface PlayedCoordinator extends AsyncDisposable {
  readonly broker: Broker;
  /** Creates a running job with its streams. */
  job(dispatch?: Partial<DispatchSpec>): Promise<PlayedJob>;
}

export interface PlayedJob {
  readonly id: string;
  readonly run: number;
  /** Results in the order of their arrival, repeated ones too. */
  readonly results: RowResult[];
  readonly chunks: ResultChunk[];
  /** Rows with a result. */
  readonly done: Map<number, RowResult>;
  readonly halts: { state: string; code: string; message: string }[];
  /** Rows that were asked about, a list a question. */
  readonly questions: number[][];
  /** False: questions stay unanswered, as during a takeover. */
  answering: boolean;
  feed(from: number, count: number, options?: FeedOptions): Promise<void>;
  set(
    state: RequestJob["state"],
    dispatch?: Partial<DispatchSpec>,
    runs?: Partial<Pick<RequestJob, "run" | "firstRun">>,
  ): Promise<void>;
  remove(): Promise<void>;
}

export interface FeedOptions {
  rowsAChunk?: number;
  single?: boolean;
  /** JSON text of a row's messages. */
  messages?: (row: number) => string;
  carry?: (row: number) => string;
}

export const ROUTE = "test-route";
const ACK_WAIT_MS = 2_000;

export const questionOf = (row: number) => `What is the answer to question ${row}?`;
export const messagesOf = (row: number) => JSON.stringify([{ role: "user", content: questionOf(row) }]);

export const DISPATCH: DispatchSpec = {
  annotator: "gpt-4o-mini",
  route: ROUTE,
  request: { model: "gpt-4o-mini", temperature: 1, max_tokens: 200 },
  maxTokens: 200,
  choices: 1,
  limits: { requestsPerMinute: "unlimited", tokensPerMinute: "unlimited" },
  charges: "usage",
  maxAttempts: 5,
  budgeted: false,
  timeoutMs: null,
  concurrency: 64,
  invalidFinishReasons: ["content_filter"],
  returnTo: "collector",
  batch: null,
  priority: 1,
};

export async function playCoordinator(nats: TestNats, ackWaitMs = ACK_WAIT_MS): Promise<PlayedCoordinator> {
  const broker = await openBroker(nats.url("coordinator"), "played-coordinator", 5000);
  await ensureTopology(broker);
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  const jobs = new Map<string, PlayedJob>();
  answer(broker, haltJob, [], async ({ job, state, reason }) => {
    const halted = jobs.get(job);
    await halted?.set(state);
    halted?.halts.push({ state, ...reason });
    return { halted: halted !== undefined };
  });
  return {
    broker,
    job: async (dispatch = {}) => {
      const job = await playJob(broker, store, { ...DISPATCH, ...dispatch }, ackWaitMs);
      jobs.set(job.id, job);
      return job;
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

async function playJob(
  broker: Broker,
  store: Store<RequestJob>,
  dispatch: DispatchSpec,
  ackWaitMs: number,
): Promise<PlayedJob> {
  const id = randomBytes(8).toString("hex");
  const run = 1;
  const { route } = dispatch;
  let held = (await store.create(id, entryOf(id, dispatch)))!;
  const [work, results] = [workStream(id, route), resultStream(id, run)];
  await ensureWorkQueue(broker, results, resultsMade.subject(id, run), STREAM_BYTES);
  await ensureWorker(broker, results, "collector-test", ackWaitMs);
  await ensureWorkQueue(broker, work, completionsWanted.subject(id, route), STREAM_BYTES);
  await ensureWorker(broker, work, "dispatcher", ackWaitMs);
  let fed = 0;
  let collected = 0;
  const job: PlayedJob = {
    id,
    run,
    results: [],
    chunks: [],
    done: new Map(),
    halts: [],
    questions: [],
    answering: true,
    feed: async (from, count, options = {}) => {
      for (const rows of chunksOf(from, count, options)) {
        const body: CompletionChunk = { job: id, run, single: options.single ?? false, rows };
        const msgId = `f${fed++}`;
        const { outcome } = await publishDurably(broker, completionsWanted, [id, route], body, { msgId });
        if (outcome !== "stored") throw new Error(`feeding: ${outcome}`);
      }
    },
    set: async (state, change = {}, runs = {}) => {
      const spec = { ...held.value.spec, dispatch: { ...held.value.spec.dispatch, ...change } };
      held = (await store.update(id, { ...held.value, ...runs, state, spec }, held.revision))!;
      broadcast(broker, jobChanged(id), null);
    },
    remove: async () => {
      await deleteStream(broker, work);
      await deleteStream(broker, results);
    },
  };
  answer(broker, whichRowsAreDone, [id], async ({ rows }) => {
    job.questions.push(rows);
    if (!job.answering) throw new Error("the job is being taken over");
    const last = (await lastSequence(broker, results)) ?? 0;
    await until("all results up to now are read", () => collected >= last, { withinMs: 2_000 });
    return { done: rows.filter((row) => job.done.has(row)) };
  });
  consumeWork<ResultChunk>(broker, {
    contract: resultsMade,
    stream: results,
    durable: "collector-test",
    concurrency: 64,
    ackWaitMs,
    handle: async ({ body, seq }) => {
      job.chunks.push(body);
      for (const result of body.results) {
        job.results.push(result);
        if (!job.done.has(result.row)) job.done.set(result.row, result);
      }
      collected = Math.max(collected, seq);
    },
  });
  return job;
}

function* chunksOf(
  from: number,
  count: number,
  { rowsAChunk = 10, messages = messagesOf, carry }: FeedOptions,
): Generator<CompletionChunk["rows"]> {
  for (let first = from; first < from + count; first += rowsAChunk) {
    const many = Math.min(rowsAChunk, from + count - first);
    yield Array.from({ length: many }, (_, at) => ({
      row: first + at,
      messages: messages(first + at),
      ...(carry && { carry: carry(first + at) }),
    }));
  }
}

function entryOf(id: string, dispatch: DispatchSpec): RequestJob {
  return {
    id,
    kind: "dataset-reannotate",
    run: 1,
    firstRun: 1,
    state: "running",
    reason: null,
    spec: {
      dataset: { source: { kind: "file", path: "/dev/null" } },
      datasetName: "test",
      outputFolder: "/dev/null",
      output: "/dev/null",
      besidePrefix: "",
      workFolder: "/dev/null",
      params: {},
      dispatch,
      format: "json",
      tokenizer: "o200k_base",
      prices: null,
      maxCost: null,
      maxFailureRate: null,
      asks: 1,
      task: {},
    },
    parent: null,
    submission: 1,
    uuid: crypto.randomUUID(),
    traceparent: "00-00000000000000000000000000000001-0000000000000001-01",
    createdAt: new Date().toISOString(),
    endedAt: null,
  };
}
