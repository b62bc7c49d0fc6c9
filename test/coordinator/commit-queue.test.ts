import { expect, test } from "vitest";
import {
  nextCommit,
  openCommitQueue,
  waitForCommit,
} from "../../services/coordinator/collecting/commit-queue.ts";
import { fateOfMessage } from "../../services/coordinator/collecting/take-results.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";

const idle = { failed: false, committing: false, waiting: 1, complete: false };

test.each([
  ["a few results wait for more", idle, "soon"],
  ["a thousand wait for nothing", { ...idle, waiting: 1000 }, "now"],
  ["the last rows of a job wait for nothing", { ...idle, complete: true }, "now"],
  ["what comes during a commit waits for its end", { ...idle, waiting: 5000, committing: true }, "wait"],
  ["nothing is committed where nothing waits", { ...idle, waiting: 0, complete: true }, "wait"],
  ["nothing is committed after a fault", { ...idle, failed: true, waiting: 1000 }, "refuse"],
  ["a fault refuses what comes during a commit", { ...idle, failed: true, committing: true }, "refuse"],
] as const)("%s", (_, facts, expected) => {
  expect(nextCommit(facts)).toBe(expected);
});

test.each([
  ["a message of another run is dropped", { run: 1, seq: 99 }, "drop"],
  ["a message that is committed is dropped", { run: 2, seq: 5 }, "drop"],
  ["a message that is taken and not committed is acked with what it held", { run: 2, seq: 6 }, "repeat"],
  ["the last message that was taken is not taken again", { run: 2, seq: 9 }, "repeat"],
  ["a new message is taken", { run: 2, seq: 10 }, "take"],
] as const)("%s", (_, message, expected) => {
  expect(fateOfMessage(message, { run: 2, committedTo: 5, takenTo: 9 })).toBe(expected);
});

test("few results are committed five times a second; after a silence they wait for nothing", () => {
  expect(waitForCommit(Number.NEGATIVE_INFINITY, 0)).toBe(0);
  expect(waitForCommit(1_000, 1_050)).toBe(150);
  expect(waitForCommit(1_000, 5_000)).toBe(0);
});

test("who holds a result is told when the commit that names it has ended, one commit at a time", async () => {
  const commits: { rows: number[]; end: PromiseWithResolvers<void> }[] = [];
  const committed: number[] = [];
  const queue = openCommitQueue({
    commit: async (batch) => {
      const end = Promise.withResolvers<void>();
      commits.push({ rows: rowsOf(batch.flatMap(({ results }) => results)), end });
      await end.promise;
    },
    complete: () => true,
    onCommit: (results) => void committed.push(...rowsOf(results)),
    onFault: () => {},
  });
  const first = queue.hold(taken(1));
  const second = queue.hold(taken(2));
  const third = queue.hold(taken(3));
  expect(commits.map(({ rows }) => rows)).toEqual([[1]]);
  expect(rowsOf(queue.uncommitted())).toEqual([1, 2, 3]);
  commits[0]!.end.resolve();
  await first;
  expect(committed).toEqual([1]);
  await expect.poll(() => commits.length).toBe(2);
  expect(commits[1]!.rows).toEqual([2, 3]);
  commits[1]!.end.resolve();
  await Promise.all([second, third, queue.drain()]);
  expect(queue.uncommitted()).toEqual([]);
});

test("after a commit that failed all that wait, and all that come, are refused with its reason", async () => {
  const faults: unknown[] = [];
  let commits = 0;
  const end = Promise.withResolvers<void>();
  const queue = openCommitQueue({
    commit: () => {
      commits += 1;
      return end.promise;
    },
    complete: () => true,
    onCommit: () => {},
    onFault: (error) => void faults.push(error),
  });
  const held = [queue.hold(taken(1)), queue.hold(taken(2))];
  const full = new Error("disk full");
  end.reject(full);
  for (const one of await Promise.allSettled(held)) expect(one).toMatchObject({ reason: full });
  await expect(queue.hold(taken(3))).rejects.toBe(full);
  expect([commits, faults[0]]).toEqual([1, full]);
  await queue.drain();
});

function taken(row: number) {
  return { results: [{ row } as RowResult], split: [], repeated: [], seq: row };
}

function rowsOf(results: readonly RowResult[]): number[] {
  return results.map(({ row }) => row);
}
