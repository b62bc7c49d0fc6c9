import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { ResultChunk, RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { resultStream } from "../../../shared/topology.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { answerWorkers } from "./answer-workers.ts";
import { openCommitQueue } from "./commit-queue.ts";
import { commitResults } from "./commit-results.ts";
import { openPartRoll } from "./parts/part-roll.ts";
import { recentIds } from "./recent-ids.ts";
import { readResults } from "./result-reader.ts";
import type { ResultsLedger } from "./results-ledger.ts";
import { RowClaims } from "./row-claims.ts";
import { fateOfMessage, takeResults } from "./take-results.ts";

/**
 * The single writer of a job's results. A result is entered in the ledger, appended to a part, brought to disk, named in
 * the progress entry by compare-and-set, and only then acked: a crash between any two of these steps repeats it.
 */
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

export async function collect(options: CollectorOptions): Promise<Collector> {
  const { broker, entry, keeper, ledger, owner } = options;
  const roll = openPartRoll(entry.spec.workFolder, owner, entry.run);
  const claims = new RowClaims(options.ackWaitMs);
  const seen = recentIds();
  let committedTo = keeper.draft.collectedTo;
  let takenTo = committedTo;
  const queue = openCommitQueue({
    commit: async (batch) => {
      await commitResults(batch, keeper, ledger, roll, queue.waiting);
      committedTo = keeper.draft.collectedTo;
    },
    complete: () => ledger.complete,
    onCommit: options.onCommit,
    onFault: options.onFault,
  });
  const take = async (chunk: ResultChunk, seq: number, messageId: string): Promise<void> => {
    const fate = fateOfMessage({ run: chunk.run, seq }, { run: entry.run, committedTo, takenTo });
    if (fate === "drop") return;
    if (fate === "take") takenTo = seq;
    const isNew = fate === "take" && !seen(messageId);
    await queue.hold(
      isNew ? takeResults(chunk, seq, ledger, claims) : { results: [], split: [], repeated: [], seq },
    );
  };
  const reader = await readResults({
    broker,
    stream: resultStream(entry.id, entry.run),
    durable: `collector-${owner}`,
    readTo: committedTo,
    confirm: () => keeper.save(),
    take,
    onFault: queue.fail,
  });
  const questions = answerWorkers({ ...options, claims, readToEnd: reader.readToEnd });

  return {
    enter: async (results) => {
      const fresh = results.filter((result) => ledger.enter(result.row, result.ok));
      if (fresh.length > 0) await queue.hold({ results: fresh, split: [], repeated: [], seq: 0 });
    },
    readToEnd: reader.readToEnd,
    inHand: () => new Set([...claims.held(), ...queue.uncommitted().map(({ row }) => row)]),
    awaitsWorkers: () => claims.anybodyLives(performance.now()),
    stop: async () => {
      questions.stop();
      const stopped = reader.stop();
      await queue.drain();
      await stopped;
      await queue.drain();
      await roll.close();
    },
  };
}
