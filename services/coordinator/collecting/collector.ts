import { whichRowsAreDone } from "../../../shared/contracts/collector-questions.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { ResultChunk, RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { answer } from "../../../shared/runtime/requests.ts";
import { resultStream } from "../../../shared/topology.ts";
import { OwnershipLost, type ProgressKeeper } from "../job/progress-keeper.ts";
import { repeatedResults, rowsCollected } from "./collector-metrics.ts";
import { openPartRoll, type PartRoll } from "./part-roll.ts";
import { readResults } from "./result-reader.ts";
import type { ResultsLedger } from "./results-ledger.ts";
import { RowClaims } from "./row-claims.ts";

/**
 * The single writer of a job's results. A result is entered in the ledger, appended to a part, brought to disk, named in
 * the progress entry by compare-and-set, and only then acked: a crash between any two of these steps repeats it.
 */
const COMMIT_RESULTS = 1000;
const COMMIT_AFTER_MS = 200;
const IDS_REMEMBERED = 10_000;

export interface CollectorOptions {
  broker: Broker;
  entry: RequestJob;
  owner: string;
  /** False where somebody else may own the job now. */
  owns: () => boolean;
  keeper: ProgressKeeper;
  ledger: ResultsLedger;
  /** After such a silence of a worker its chunks come back. */
  ackWaitMs: number;
  /** Called once when the collector cannot go on (disk full, ownership lost). */
  onFault: (error: unknown) => void;
  /** Called after each commit with what it holds. */
  onCommit: (results: RowResult[]) => void;
}

export interface Collector {
  /** Enters results that were made without a call (rows that cannot be asked) and resolves when they are committed. */
  enter(results: RowResult[]): Promise<void>;
  /** Resolves when everything is taken in that was in the job's result stream at the moment of the call. */
  readToEnd(): Promise<void>;
  /** Rows that were asked for and whose results are not committed yet: with a worker, on their way, or being stored. */
  inHand(): Set<number>;
  /** Whether a worker that was heard of lately may still bring results: it has not said that it leaves. */
  awaitsWorkers(): boolean;
  stop(): Promise<void>;
}

interface Pending {
  results: RowResult[];
  split: number[];
  /** Outcomes that do not count any more, but were paid. */
  repeated: RowResult[];
  seq: number;
  settle: (error?: unknown) => void;
}

export async function collect(options: CollectorOptions): Promise<Collector> {
  const { broker, entry, keeper, ledger } = options;
  const stream = resultStream(entry.id, entry.run);
  const roll = openPartRoll(entry.spec.workFolder, options.owner, entry.run);
  let pending: Pending[] = [];
  let beingCommitted: Pending[] = [];
  let pendingResults = 0;
  let timer: NodeJS.Timeout | undefined;
  let committing: Promise<void> | undefined;
  let failed: unknown;
  let committedTo = keeper.draft.collectedTo;
  let takenTo = committedTo;

  const fail = (error: unknown) => {
    failed ??= error;
    for (const waiting of pending.splice(0)) waiting.settle(error);
    options.onFault(error);
  };

  const commitSoon = () => {
    if (failed !== undefined) return fail(failed);
    if (committing !== undefined) return;
    if (pendingResults >= COMMIT_RESULTS || ledger.complete) return startCommit();
    timer ??= setTimeout(startCommit, COMMIT_AFTER_MS);
  };

  const startCommit = () => {
    clearTimeout(timer);
    timer = undefined;
    if (committing !== undefined || pending.length === 0) return;
    const batch = pending;
    pending = [];
    pendingResults = 0;
    beingCommitted = batch;
    committing = commit(batch, keeper, ledger, roll)
      .then(
        () => {
          committedTo = keeper.draft.collectedTo;
          for (const waiting of batch) waiting.settle();
          beingCommitted = [];
          options.onCommit(batch.flatMap((waiting) => waiting.results));
        },
        (error: unknown) => {
          for (const waiting of batch) waiting.settle(error);
          fail(error);
        },
      )
      .finally(() => {
        committing = undefined;
        if (pending.length > 0) commitSoon();
      });
  };

  const hold = (results: RowResult[], split: number[], repeated: RowResult[], seq: number) =>
    new Promise<void>((resolve, reject) => {
      pending.push({
        results,
        split,
        repeated,
        seq,
        settle: (error) => (error === undefined ? resolve() : reject(error)),
      });
      pendingResults += Math.max(1, results.length);
      commitSoon();
    });

  const resent = recentIds();
  const claims = new RowClaims(ledger.rows, options.ackWaitMs);
  const take = async (chunk: ResultChunk, seq: number, messageId: string): Promise<void> => {
    if (chunk.run !== entry.run || seq <= committedTo) return;
    // It comes again, since its ack got lost or its consumer was replaced: acked when what it held is committed.
    if (seq <= takenTo) return hold([], [], [], seq);
    takenTo = seq;
    if (resent(messageId)) return hold([], [], [], seq);
    const fresh: RowResult[] = [];
    const again: RowResult[] = [];
    for (const result of chunk.results) {
      (ledger.enter(result.row, result.ok) ? fresh : again).push(result);
      claims.settle(result.row);
    }
    for (const row of chunk.split) claims.settle(row);
    const split = chunk.split.filter((row) => !ledger.settled(row));
    await hold(fresh, split, again, seq);
  };

  const reader = await readResults({
    broker,
    stream,
    durable: `collector-${options.owner}`,
    readTo: committedTo,
    confirm: () => keeper.save(),
    take,
    onFault: fail,
  });
  const questions = answer(broker, whichRowsAreDone, [entry.id], async (question) => {
    await reader.readToEnd();
    if (!options.owns() || question.run > entry.run) throw new OwnershipLost("another coordinator can tell");
    if (question.run !== entry.run) return { done: question.rows };
    const { worker, rows } = question;
    if (worker !== undefined && question.leaving) claims.leave(worker);
    const done = rows.filter((row) => ledger.settled(row));
    if (worker === undefined || question.leaving) return { done };
    const open = rows.filter((row) => !ledger.settled(row));
    return { done, taken: claims.claim(worker, open, performance.now()) };
  });

  return {
    enter: async (results) => {
      const fresh = results.filter((result) => ledger.enter(result.row, result.ok));
      if (fresh.length > 0) await hold(fresh, [], [], 0);
    },
    readToEnd: reader.readToEnd,
    inHand: () => {
      const storing = [...beingCommitted, ...pending].flatMap(({ results }) => results);
      return new Set([...claims.held(), ...storing.map(({ row }) => row)]);
    },
    awaitsWorkers: () => claims.anybodyLives(performance.now()),
    stop: async () => {
      questions.stop();
      startCommit();
      await reader.stop();
      while (committing !== undefined || pending.length > 0) {
        startCommit();
        await committing;
      }
      await roll.close();
    },
  };
}

/**
 * Tells whether a message's id was seen before. A broker that restarts forgets the ids of messages that were acked and
 * dropped, and stores one again that a dispatcher resends for want of an answer: it is no second call.
 */
function recentIds(): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (id === "") return false;
    if (seen.has(id)) return true;
    seen.add(id);
    if (seen.size > IDS_REMEMBERED) seen.delete(seen.values().next().value!);
    return false;
  };
}

async function commit(
  batch: Pending[],
  keeper: ProgressKeeper,
  ledger: ResultsLedger,
  roll: PartRoll,
): Promise<void> {
  const results = batch.flatMap((waiting) => waiting.results);
  if (results.length > 0) {
    const length = await roll.append(results);
    const parts = keeper.draft.parts;
    if (parts.at(-1)?.name === length.name) parts[parts.length - 1] = length;
    else parts.push(length);
  }
  count(batch, results, keeper);
  Object.assign(keeper.draft, { done: ledger.done.size, failed: ledger.failed.size });
  await keeper.save();
  rowsCollected.inc(results.length);
}

function count(batch: Pending[], results: RowResult[], keeper: ProgressKeeper): void {
  const draft = keeper.draft;
  for (const result of results) {
    draft.promptTokens += result.promptTokens;
    draft.completionTokens += result.completionTokens;
    if (result.truncated) draft.truncated += 1;
  }
  for (const waiting of batch) {
    for (const result of waiting.repeated) {
      draft.promptTokens += result.promptTokens;
      draft.completionTokens += result.completionTokens;
    }
    draft.repeated += waiting.repeated.length;
    repeatedResults.inc(waiting.repeated.length);
    draft.collectedTo = Math.max(draft.collectedTo, waiting.seq);
    draft.refeed.push(...waiting.split);
  }
}
