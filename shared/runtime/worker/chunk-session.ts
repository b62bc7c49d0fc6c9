import type { HaltReason } from "../../contracts/collector-questions.ts";
import { type ChunkRow, type CompletionChunk, completionsWanted } from "../../contracts/completion-chunk.ts";
import type { RequestJob } from "../../contracts/job-entry.ts";
import type { ResultChunk, RowResult } from "../../contracts/result-chunk.ts";
import { isReadFirst, readerOf } from "../../lanes.ts";
import type { Broker } from "../broker.ts";
import { askToHalt } from "../halting.ts";
import { withSpan } from "../process/trace.ts";
import { consumeWork, type Work, type WorkMessage } from "../pulling/work.ts";
import type { Held, Store } from "../store.ts";
import { type ChunkInHand, rowDone, rowUndone } from "./chunk-in-hand.ts";
import { ChunksInHand } from "./chunks-in-hand.ts";
import { type Claims, openClaims } from "./claims.ts";
import type { Session } from "./discovery.ts";
import { type EntryWatch, watchEntry } from "./entry-watch.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { publishUntilStored } from "./publish-until-stored.ts";
import type { Hands, RowWorker } from "./row-worker.ts";
import { runStanding } from "./run-standing.ts";
import { AT_STANDING, chunkFate, type Ending } from "./session-ending.ts";
import { putBack, takeChunk, unaskable } from "./take-chunk.ts";

/**
 * A running job's stay in a replica that takes chunks: they are pulled, their rows worked on, and the results stored.
 *
 * | state | chunks that come | rows that wait | rows that are begun | it is left by |
 * |---|---|---|---|---|
 * | working | are worked on | are begun as there is room | give results | the job's entry (session-ending.ts), a halt, the service's stop, the end of the stream |
 * | finishing | go back | go back | are finished, their results stored | the last of them; one of the two below |
 * | returning | go back | go back | are ended and go back | the last of them |
 * | dropped | are acked | count no more | are ended and count no more | the last of them |
 * | closed | | | | |
 *
 * Of a run that was broken off, finishing turns into dropped after `lastCallsMs`. A chunk is acked once all of its rows are
 * stored or count no more; where one goes back the whole chunk does, and the collector says which rows are done.
 */
export type ChunkSession = Session;

export interface ChunkSessionPorts {
  broker: Broker;
  store: Store<RequestJob>;
  /** The service's name, and so its durable's. */
  service: string;
  replica: string;
  ackWaitMs: number;
  /** Rows of a job that was broken off may take so long. */
  lastCallsMs: number;
  /** Equal for no two messages of this installation. */
  nextMessageId(job: string, run: number): string;
  onStored(results: RowResult[]): void;
}

export interface ChunkSessionOf {
  entry: Held<RequestJob>;
  stream: string;
  engage(hands: Hands): RowWorker;
}

export function openChunkSession(ports: ChunkSessionPorts, of: ChunkSessionOf): ChunkSession {
  return new Stay(ports, of);
}

class Stay implements ChunkSession {
  haltedAt: number | undefined;
  readonly #ports: ChunkSessionPorts;
  readonly #entry: RequestJob;
  readonly #closing = new AbortController();
  readonly #dropped = new AbortController();
  readonly #ending = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #chunks = new ChunksInHand();
  readonly #watch: EntryWatch;
  readonly #outbox: Outbox;
  readonly #worker: RowWorker;
  readonly #claims: Claims;
  readonly #work: Work;
  #revision: number;
  #lastCalls: NodeJS.Timeout | undefined;

  constructor(ports: ChunkSessionPorts, { entry: held, stream, engage }: ChunkSessionOf) {
    const { broker, store, replica, service, ackWaitMs, onStored } = ports;
    const { id: job, run, spec } = held.value;
    this.#ports = ports;
    this.#entry = held.value;
    this.#revision = held.revision;
    const publish = (body: ResultChunk, trace: string | undefined) => this.#publish(body, trace);
    const onSettled = () => {
      this.#work.wake();
      this.#worker.pump();
    };
    this.#outbox = openOutbox({ job, run, worker: replica, publish, onStored, onSettled });
    this.#watch = watchEntry({ broker, store, job, held, onRead: (read) => this.#follow(read) });
    const gaveUp = () => this.#closing.signal.aborted;
    this.#claims = openClaims({ broker, job, run, claims: !isReadFirst(spec.dispatch), ackWaitMs, gaveUp });
    this.#worker = engage({
      finished: (row, result) => this.#outbox.add(row, result),
      unstoredBytes: () => this.#outbox.unstoredBytes(),
      halt: (state, reason) => this.#halt(state, reason),
    });
    this.#work = consumeWork<CompletionChunk>(broker, {
      contract: completionsWanted,
      stream,
      durable: service,
      ackWaitMs,
      concurrency: () => this.#chunks.wanted(this.#worker.unfinished(), this.#worker.room()),
      handle: (message) => this.#chunks.handle(message, (one, begun) => this.#take(one, begun)),
    });
    void this.#work.ended.then((how) => (how === "gone" ? this.close("drop") : undefined));
  }

  get ending(): Promise<void> {
    return this.#ending.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async close(ending: Ending): Promise<void> {
    const first = !this.#closing.signal.aborted;
    this.#closing.abort();
    if (ending === "drop") this.#dropped.abort();
    const back = this.#worker.withdraw();
    if (ending !== "finish") back.push(...this.#worker.abort());
    for (const row of back) ending === "drop" ? rowDone(row) : rowUndone(row);
    if (!first) return await this.#closed.promise;
    this.#ending.resolve();
    // A row may be finished and its result be stored while handlers are waited for.
    await this.#work.stop();
    await this.#outbox.flush();
    clearTimeout(this.#lastCalls);
    this.#watch.stop();
    this.#claims.leave();
    this.#worker.leave();
    this.#closed.resolve();
  }

  #follow(held: Held<RequestJob> | undefined): void {
    this.#revision = held?.revision ?? this.#revision;
    const what = AT_STANDING[runStanding(held?.value, this.#entry.run)];
    if (what === "last_calls") {
      this.#lastCalls ??= setTimeout(() => void this.close("drop"), this.#ports.lastCallsMs).unref();
      void this.close("finish");
    } else if (what !== "work") void this.close(what);
    else if (held !== undefined && !this.#closing.signal.aborted)
      this.#worker.follow(held.value.spec.dispatch);
  }

  #halt(state: "paused" | "failed", reason: HaltReason): void {
    if (this.haltedAt !== undefined) return;
    this.haltedAt = this.#revision;
    void this.close("finish");
    const { id: job, run } = this.#entry;
    void askToHalt(this.#ports.broker, { job, run, state, reason }, this.#dropped.signal);
  }

  async #take(message: WorkMessage<CompletionChunk>, begun: () => void): Promise<void> {
    const { id: job, run, spec } = this.#entry;
    const facts = { "assay.job": job, "assay.rows": message.body.rows.length };
    await withSpan("dispatch chunk", message.traceparent, facts, (traceparent) =>
      takeChunk(message, {
        fateOf: async (chunkRun) => {
          if (chunkRun > run) await this.#watch.look();
          else await this.#watch.fresh();
          const [closing, dropped] = [this.#closing, this.#dropped].map(({ signal }) => signal.aborted);
          return chunkFate(chunkRun, { run, closing: closing!, dropped: dropped! });
        },
        doneRows: (rows) => this.#doneRows(rows),
        complete: (rows) => {
          begun();
          return this.#complete(rows, traceparent);
        },
        publish: async ({ results, split }) => {
          const sent = isReadFirst(spec.dispatch)
            ? results.map((result) => unaskable(message.body, result))
            : results;
          await this.#publish({ job, run, worker: this.#ports.replica, results: sent, split }, traceparent);
        },
      }),
    );
  }

  async #doneRows(rows: number[]): Promise<Set<number>> {
    const done = await this.#claims.doneOf(rows);
    if (this.#dropped.signal.aborted) return new Set(rows);
    if (done === undefined) throw putBack();
    return done;
  }

  #complete(rows: ChunkRow[], traceparent: string | undefined): Promise<void> {
    if (this.#dropped.signal.aborted) return Promise.resolve();
    if (this.#closing.signal.aborted) return Promise.reject(putBack());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const chunk: ChunkInHand = {
      pending: rows.length,
      undone: 0,
      traceparent,
      settled: () => (chunk.undone > 0 && !this.#dropped.signal.aborted ? reject(putBack()) : resolve()),
    };
    this.#worker.take(rows, chunk);
    return promise;
  }

  /** False: nobody wants it any more. */
  async #publish(body: ResultChunk, traceparent: string | undefined): Promise<boolean> {
    const { broker, nextMessageId } = this.#ports;
    const { id, run, spec } = this.#entry;
    const outcome = await publishUntilStored(broker, readerOf(spec.dispatch).outcomes, [id, run], body, {
      msgId: nextMessageId(id, run),
      ...(traceparent === undefined ? {} : { traceparent }),
      wanted: () => !this.#dropped.signal.aborted,
    });
    if (outcome === "gone") void this.#watch.look();
    return outcome === "stored";
  }
}
