import type { RowResult } from "../../../shared/contracts/result-chunk.ts";

/*
 * What was taken in and is not on disk yet. One commit is under way at a time; what comes meanwhile waits for the next.
 *
 * | results are | until |
 * |---|---|
 * | waiting | 1,000 of them wait, or 200 ms have passed since the last commit began, or every row has an outcome; and no commit is under way |
 * | being committed | the progress entry names them: settled. The disk or the broker refuses: refused, and with them all that wait |
 * | refused | for ever: the queue commits nothing any more, and each message comes again to the next owner |
 */
const COMMIT_RESULTS = 1000;
/** From the beginning of one commit to that of the next, where few results come. */
const COMMIT_EVERY_MS = 200;

/** What one message brought, and what is to be said to who waits for it. */
export interface Taken {
  results: RowResult[];
  /** Rows of a chunk that was given up, to be fed again one by one. */
  split: number[];
  /** Outcomes that do not count any more, but were paid. */
  repeated: RowResult[];
  seq: number;
}

export interface CommitQueue {
  /** Resolves when it is committed. */
  hold(taken: Taken): Promise<void>;
  /** Nothing can be committed any more. */
  fail(error: unknown): void;
  /** Results that are taken in and not on disk. */
  uncommitted(): RowResult[];
  /** Those of them that are in no commit under way. */
  waiting(): RowResult[];
  /** Resolves when nothing waits. */
  drain(): Promise<void>;
}

export interface CommitQueueOptions {
  commit: (batch: readonly Taken[]) => Promise<void>;
  /** Every row has an outcome: nothing more will come that is worth waiting for. */
  complete: () => boolean;
  onCommit: (results: RowResult[]) => void;
  /** The first fault is what every later message is refused with. */
  onFault: (error: unknown) => void;
}

/** What is to be done about what waits, now that something was added or a commit has ended. */
export function nextCommit(facts: {
  failed: boolean;
  committing: boolean;
  waiting: number;
  complete: boolean;
}): "refuse" | "wait" | "now" | "soon" {
  if (facts.failed) return "refuse";
  if (facts.committing || facts.waiting === 0) return "wait";
  return facts.waiting >= COMMIT_RESULTS || facts.complete ? "now" : "soon";
}

/** The first results of a job, and such as come after a silence, wait for no others. */
export function waitForCommit(lastStartedMs: number, nowMs: number): number {
  return Math.max(0, lastStartedMs + COMMIT_EVERY_MS - nowMs);
}

interface Waiting extends Taken {
  settle: (error?: unknown) => void;
}

export function openCommitQueue({ commit, complete, onCommit, onFault }: CommitQueueOptions): CommitQueue {
  let waiting: Waiting[] = [];
  let beingCommitted: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let committing: Promise<void> | undefined;
  let fault: { error: unknown } | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;
  const fail = (error: unknown) => {
    fault ??= { error };
    for (const one of waiting.splice(0)) one.settle(error);
    onFault(error);
  };
  const start = () => {
    clearTimeout(timer);
    timer = undefined;
    if (committing !== undefined || waiting.length === 0) return;
    startedMs = performance.now();
    beingCommitted = waiting;
    waiting = [];
    committing = commitThose(beingCommitted).finally(() => {
      committing = undefined;
      decide();
    });
  };
  const commitThose = async (batch: readonly Waiting[]) => {
    try {
      await commit(batch);
    } catch (error) {
      for (const one of batch) one.settle(error);
      return fail(error);
    }
    for (const one of batch) one.settle();
    beingCommitted = [];
    onCommit(batch.flatMap(({ results }) => results));
  };
  const decide = () => {
    const facts = { committing: committing !== undefined, waiting: sizeOf(waiting), complete: complete() };
    const what = nextCommit({ failed: fault !== undefined && waiting.length > 0, ...facts });
    if (what === "refuse") fail(fault!.error);
    else if (what === "now") start();
    else if (what === "soon") timer ??= setTimeout(start, waitForCommit(startedMs, performance.now()));
  };
  return {
    hold: (taken) =>
      new Promise<void>((resolve, reject) => {
        const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error));
        waiting.push({ ...taken, settle });
        decide();
      }),
    fail,
    waiting: () => waiting.flatMap(({ results }) => results),
    uncommitted: () => [...beingCommitted, ...waiting].flatMap(({ results }) => results),
    drain: async () => {
      start();
      while (committing !== undefined || waiting.length > 0) {
        start();
        await committing;
      }
    },
  };
}

/** A message without results waits, too. */
function sizeOf(waiting: readonly Taken[]): number {
  return waiting.reduce((sum, { results }) => sum + Math.max(1, results.length), 0);
}
