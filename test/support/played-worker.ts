import { whichRowsAreDone } from "../../shared/contracts/collector-questions.ts";
import { type CompletionChunk, completionsWanted } from "../../shared/contracts/completion-chunk.ts";
import { type RowResult, resultsMade } from "../../shared/contracts/result-chunk.ts";
import { RetryableError } from "../../shared/errors.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { publishDurably } from "../../shared/runtime/publish.ts";
import { consumeWork, type Work, type WorkMessage } from "../../shared/runtime/pulling/work.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { streamsOf } from "../../shared/runtime/streams.ts";
import type { TestNats } from "./nats.ts";

/** A worker that the test plays over the real broker, so that each of its calls is known and each step can be held. */
export interface PlayedWorker extends AsyncDisposable {
  readonly broker: Broker;
  /** Rows for which a call was made, in order; a row that stands twice was paid twice. */
  readonly called: number[];
  /** Chunks as they were delivered. */
  readonly chunks: { seq: number; deliveries: number; rows: number[]; run: number; single: boolean }[];
  /** Acks nothing more and takes nothing more, as if it were dead. */
  die(): Promise<void>;
}

export interface PlayedWorkerOptions {
  /** Waited for before the done-question of each chunk. */
  before?: (message: WorkMessage<CompletionChunk>) => Promise<void>;
  /** The call: `goodResult` unless given. A call that throws ends the chunk as a bug would. */
  call?: (row: number, run: number) => RowResult | Promise<RowResult>;
  /** Waited for when the results are stored, before the chunk is acked. */
  after?: (message: WorkMessage<CompletionChunk>) => Promise<void>;
  concurrency?: number;
  ackWaitMs?: number;
  /** Results a message; all of a chunk unless given. */
  flush?: number;
  /** Claims the rows before it calls, as a dispatcher does. */
  claims?: boolean;
}

/** The text of the good answer to a row. */
export const answerTo = (row: number) => `answer to row ${row}`;

export function goodResult(row: number, text = answerTo(row)): RowResult {
  const choices = [{ text, finish_reason: "stop", refusal: null, logprobs: null }];
  const line = JSON.stringify({ row, model: "played", usage: null, choices, attempts: 1 });
  return { row, ok: true, truncated: false, line, promptTokens: 10, completionTokens: 5 };
}

export function failedResult(row: number, reason = "bad_request"): RowResult {
  const line = JSON.stringify({ row, reason, message: "The provider refused it.", attempts: 1 });
  return { row, ok: false, truncated: false, line, promptTokens: 10, completionTokens: 0 };
}

const LOOK_FOR_WORK_MS = 50;

/** Takes the work of all jobs, asks which rows are done, "calls" for the others, stores their results, acks. */
export async function playWorker(nats: TestNats, options: PlayedWorkerOptions = {}): Promise<PlayedWorker> {
  const broker = await openBroker(nats.url("dispatcher"), "played-worker", 5000);
  const me = crypto.randomUUID();
  const called: number[] = [];
  const chunks: PlayedWorker["chunks"] = [];
  const open = new Map<string, Work>();
  let published = 0;

  const inHand = new Map<string, Promise<void>>();

  // A chunk that comes again while it is in hand is the same work.
  const handle = async (message: WorkMessage<CompletionChunk>) => {
    const { job, run, rows, single } = message.body;
    const { seq, deliveries } = message;
    chunks.push({ seq, deliveries, rows: rows.map(({ row }) => row), run, single });
    const name = `${job}/${run}/${message.seq}`;
    const work = inHand.get(name) ?? carryOut(message);
    inHand.set(name, work);
    await work.finally(() => inHand.delete(name));
  };
  const carryOut = async (message: WorkMessage<CompletionChunk>) => {
    const { job, run, rows } = message.body;
    await options.before?.(message);
    const done = await rowsDone(broker, { job, run, rows, worker: options.claims ? me : undefined });
    const wanted = rows.filter(({ row }) => !done.has(row));
    const results: RowResult[] = [];
    for (const { row } of wanted) {
      called.push(row);
      results.push(await (options.call ?? ((number: number) => goodResult(number)))(row, run));
    }
    for (const some of piecesOf(results, options.flush)) {
      const body = { job, run, worker: me, split: [], results: some };
      const msgId = `${job}/${run}/${me}/${published++}`;
      await publishDurably(broker, resultsMade, [job, run], body, { msgId });
    }
    await options.after?.(message);
  };
  const look = async () => {
    for (const stream of await streamsOf(broker, "t.online.*.*")) {
      if (open.has(stream)) continue;
      const work = consumeWork(broker, {
        contract: completionsWanted,
        stream,
        durable: "dispatcher",
        concurrency: options.concurrency ?? 4,
        ackWaitMs: options.ackWaitMs ?? 30_000,
        handle,
      });
      open.set(stream, work);
      void work.ended.then(() => open.delete(stream));
    }
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_FOR_WORK_MS);
  const die = async () => {
    clearInterval(timer);
    await broker.close();
  };
  return { broker, called, chunks, die, [Symbol.asyncDispose]: die };
}

function* piecesOf(results: readonly RowResult[], size = results.length): Generator<RowResult[]> {
  for (let at = 0; at < results.length; at += size) yield results.slice(at, at + size);
}

async function rowsDone(
  broker: Broker,
  {
    job,
    run,
    rows,
    worker,
  }: { job: string; run: number; rows: { row: number }[]; worker: string | undefined },
): Promise<Set<number>> {
  const question = { job, run, rows: rows.map(({ row }) => row), ...(worker && { worker }) };
  const answer = await ask(broker, whichRowsAreDone, [job], question, 3000).catch((cause: unknown) => {
    throw new RetryableError("the collector does not answer", { retryAfterMs: 100, cause });
  });
  return new Set(answer.done);
}
