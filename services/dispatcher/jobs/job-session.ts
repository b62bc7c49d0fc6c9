import { setTimeout as delay } from "node:timers/promises";
import type { Annotator } from "../../../shared/annotators/annotator.ts";
import type { Tokenizer } from "../../../shared/annotators/tokens.ts";
import { haltReason } from "../../../shared/completions/halt-message.ts";
import { replyOf } from "../../../shared/completions/reply.ts";
import { isBrokenOff } from "../../../shared/contracts/broken-off.ts";
import { whichRowsAreDone } from "../../../shared/contracts/collector-questions.ts";
import { type CompletionChunk, completionsWanted } from "../../../shared/contracts/completion-chunk.ts";
import { ENDED, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { type ReplyChunk, repliesMade } from "../../../shared/contracts/reply-chunk.ts";
import { type ResultChunk, resultsMade } from "../../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { askToHalt } from "../../../shared/runtime/halting.ts";
import { log } from "../../../shared/runtime/log.ts";
import { publishDurably } from "../../../shared/runtime/publish.ts";
import { ask, askUntilAnswered } from "../../../shared/runtime/requests.ts";
import type { Held, Store } from "../../../shared/runtime/store.ts";
import { withSpan } from "../../../shared/runtime/trace.ts";
import { consumeWork, type Work, type WorkMessage } from "../../../shared/runtime/work.ts";
import type { Endpoint } from "../calling/chat-client.ts";
import type { Route } from "../routes/route.ts";
import { routeJob } from "../routes/route-job.ts";
import { chunksWanted, dispatchChunk, putBack, type Standing } from "./dispatch.ts";
import { openOutbox } from "./outbox.ts";
import { unaskable } from "./reply.ts";
import { type ChunkInHand, rowTask, taskDone, taskUndone } from "./row-task.ts";

/** How a stay ends: open calls are finished; or they are ended, and their rows go back; or nobody wants them any more. */
export type Ending = "finish" | "return" | "drop";

/** A running job's stay in this replica: its chunks are pulled, completed on its route, and their results stored. */
export interface JobSession {
  readonly job: string;
  /** Revision of the job entry at which it asked for the job's halt. */
  readonly haltedAt: number | undefined;
  /** Reads the job entry again and does what it says. */
  refresh(): Promise<void>;
  close(ending: Ending): Promise<void>;
  /** It takes no new work any more. */
  readonly ending: Promise<void>;
  readonly closed: Promise<void>;
}

export interface SessionPorts {
  broker: Broker;
  store: Store<RequestJob>;
  replica: string;
  ackWaitMs: number;
  /** Open calls of a job that was broken off may take so long. */
  lastCallsMs: number;
  /** Equal for no two messages of this installation. */
  nextMessageId(job: string, run: number): string;
}

export interface SessionOf {
  entry: Held<RequestJob>;
  stream: string;
  annotator: Annotator;
  endpoint: Endpoint | "noop";
  tokenizer: Tokenizer | undefined;
  route: Route;
}

const LIKELY_CHUNK_ROWS = 50;
const FRESH_MS = 1_000;
const REFRESH_MS = 5_000;
/** Another worker has some of the rows in its hands: it finishes them, or is found dead. */
const TAKEN_MS = 1_000;
const DONE_ANSWER_MS = 3_000;
const FULL_MS = 100;
let sessions = 0;

export function openJobSession(ports: SessionPorts, of: SessionOf): JobSession {
  const { broker, store, replica } = ports;
  const { annotator, route } = of;
  const { id, run, spec } = of.entry.value;
  const dropped = new AbortController();
  const closing = new AbortController();
  const closed = Promise.withResolvers<void>();
  const endingBegun = Promise.withResolvers<void>();
  let revision = of.entry.revision;
  let readAtMs = performance.now();
  let reading: Promise<void> | undefined;
  let haltedAt: number | undefined;
  let lastCalls: NodeJS.Timeout | undefined;
  const worker = crypto.randomUUID();
  const inHand = new Map<number, Promise<void>>();
  let chunks = 0;
  let arriving = 0;
  let rowsAChunk = LIKELY_CHUNK_ROWS;

  const toJudge = spec.dispatch.returnTo === "judge";
  /** False: nobody wants it any more. */
  const publish = async (
    body: ResultChunk | ReplyChunk,
    traceparent: string | undefined,
  ): Promise<boolean> => {
    const msgId = ports.nextMessageId(id, run);
    const options = { msgId, ...(traceparent === undefined ? {} : { traceparent }) };
    while (!dropped.signal.aborted) {
      const { outcome } = toJudge
        ? await publishDurably(broker, repliesMade, [id, run], body as ReplyChunk, options)
        : await publishDurably(broker, resultsMade, [id, run], body, options);
      if (outcome === "gone") void refresh();
      if (outcome !== "full") return outcome !== "gone";
      await delay(FULL_MS);
    }
    return false;
  };
  const stored = () => {
    work.wake();
    route.pump();
  };
  const outbox = openOutbox({ job: id, run, worker: replica, publish, stored });
  const job = routeJob(
    {
      id: `${id}#${++sessions}`,
      spec: spec.dispatch,
      endpoint: of.endpoint,
      tokenizer: of.tokenizer,
      finished: (task, result) =>
        outbox.add(task, toJudge ? replyOf({ ...task, carry: task.carry ?? "" }, result) : result),
      unstoredBytes: () => outbox.unstoredBytes(),
      halt: (fault) => halt(fault.state, fault),
    },
    annotator,
  );

  const halt = (state: "paused" | "failed", fault: { code: string; message: string }) => {
    if (haltedAt !== undefined) return;
    haltedAt = revision;
    const { keyVariable, name } = annotator;
    const secrets = of.endpoint === "noop" ? [] : of.endpoint.secrets;
    const reason = haltReason(fault, { id, annotator: name, keyVariable }, secrets);
    void close("finish");
    void askToHalt(broker, { job: id, run, state, reason }, dropped.signal);
  };
  const follow = (held: Held<RequestJob> | undefined) => {
    readAtMs = performance.now();
    if (held === undefined) return void close("drop");
    revision = held.revision;
    const entry = held.value;
    if (isBrokenOff(entry, run)) {
      lastCalls ??= setTimeout(() => void close("drop"), ports.lastCallsMs).unref();
      void close("finish");
    } else if (entry.run !== run || ENDED.has(entry.state) || entry.state === "exporting") void close("drop");
    else if (entry.state !== "running") void close("finish");
    else if (!closing.signal.aborted) {
      job.spec = entry.spec.dispatch;
      job.concurrency = job.spec.concurrency ?? annotator.concurrency;
      job.timeoutMs = job.spec.timeoutMs ?? annotator.timeoutMs;
      route.pump();
    }
  };
  const refresh = (): Promise<void> => {
    reading ??= store
      .get(id)
      .then(follow, (error: unknown) =>
        log().warn({ err: error, job: id }, "the job's entry could not be read"),
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const standing = async (chunkRun: number): Promise<Standing> => {
    if (performance.now() - readAtMs > FRESH_MS || chunkRun > run) await refresh();
    if (dropped.signal.aborted || chunkRun < run) return "drop";
    return closing.signal.aborted || chunkRun > run ? "later" : "go";
  };
  const doneRows = async (rows: number[]): Promise<Set<number>> => {
    for (;;) {
      const answer = await askUntilAnswered(
        broker,
        whichRowsAreDone,
        [id],
        // A row that is asked again by its judge is no second call of the same: nobody claims those.
        { job: id, run, rows, ...(toJudge ? {} : { worker }) },
        {
          timeoutMs: DONE_ANSWER_MS,
          gaveUp: () => closing.signal.aborted,
        },
      );
      if (dropped.signal.aborted) return new Set(rows);
      if (answer === undefined || closing.signal.aborted) throw putBack();
      if (!answer.taken?.length) return new Set(answer.done);
      await delay(TAKEN_MS);
    }
  };
  const complete = (rows: CompletionChunk["rows"], traceparent: string | undefined): Promise<void> => {
    if (dropped.signal.aborted) return Promise.resolve();
    if (closing.signal.aborted) return Promise.reject(putBack());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const chunk: ChunkInHand = {
      pending: rows.length,
      undone: 0,
      traceparent,
      settled: () => (chunk.undone > 0 && !dropped.signal.aborted ? reject(putBack()) : resolve()),
    };
    route.submit(
      job,
      rows.map((row) => rowTask(row, chunk)),
    );
    return promise;
  };
  /** After a broker was killed a chunk may come again while its first delivery is still worked on: both end as one. */
  const handle = (message: WorkMessage<CompletionChunk>): Promise<void> => {
    const { seq } = message;
    const handled =
      inHand.get(seq) ??
      handleFirst(message).finally(() => {
        inHand.delete(seq);
      });
    inHand.set(seq, handled);
    return handled;
  };
  const handleFirst = async (message: WorkMessage<CompletionChunk>) => {
    const count = message.body.rows.length;
    rowsAChunk += (count - rowsAChunk) * 0.2;
    chunks += 1;
    arriving += count;
    let arrived = false;
    const arrive = () => {
      if (!arrived) arriving -= count;
      arrived = true;
    };
    try {
      await withSpan(
        "dispatch chunk",
        message.traceparent,
        { "assay.job": id, "assay.rows": count },
        (traceparent) =>
          dispatchChunk(message, {
            standing,
            doneRows,
            complete: (rows) => {
              arrive();
              return complete(rows, traceparent);
            },
            publish: async ({ results, split }) => {
              const sent = toJudge ? results.map((result) => unaskable(message.body, result)) : results;
              await publish({ job: id, run, worker: replica, results: sent, split }, traceparent);
            },
          }),
      );
    } finally {
      arrive();
      chunks -= 1;
    }
  };

  const close = async (ending: Ending): Promise<void> => {
    const first = !closing.signal.aborted;
    closing.abort();
    if (ending === "drop") dropped.abort();
    const back = route.close(job);
    if (ending !== "finish") back.push(...route.abort(job));
    for (const task of back) ending === "drop" ? taskDone(task) : taskUndone(task);
    if (!first) return await closed.promise;
    endingBegun.resolve();
    // A call may end and its result be stored while handlers are waited for.
    await work.stop();
    await outbox.flush();
    clearTimeout(lastCalls);
    clearInterval(timer);
    clearInterval(signOfLife);
    tellCollector(true);
    route.leave(job);
    closed.resolve();
  };

  route.join(job);
  const work: Work = consumeWork<CompletionChunk>(broker, {
    contract: completionsWanted,
    stream: of.stream,
    durable: "dispatcher",
    ackWaitMs: ports.ackWaitMs,
    concurrency: () => chunksWanted({ chunks, rows: job.unfinished + arriving }, route.room(job), rowsAChunk),
    handle,
  });
  void work.ended.then((how) => (how === "gone" ? close("drop") : undefined));
  /** Sign of life for what this session has claimed, or its end. */
  const tellCollector = (leaving: boolean) => {
    const question = { job: id, run, rows: [], worker, leaving };
    ask(broker, whichRowsAreDone, [id], question, DONE_ANSWER_MS).catch(() => {});
  };
  const signOfLife = setInterval(() => tellCollector(false), ports.ackWaitMs / 4);
  const timer = setInterval(() => void refresh(), REFRESH_MS);
  return {
    job: id,
    get haltedAt() {
      return haltedAt;
    },
    refresh,
    close,
    ending: endingBegun.promise,
    closed: closed.promise,
  };
}
