import { expect, test } from "vitest";
import { hedgeFacts } from "../../services/batch-supervisor/hedging/hedge-facts.ts";
import type { ShardSend } from "../../shared/contracts/shard.ts";
import { someSend, someShard } from "./some-shard.ts";

const SHARE = 0.8;
const running = someSend({ state: "polled", sentAtMs: 1_000 });
const hedge = (change: Partial<ShardSend>) =>
  someSend({ number: 2, kind: "hedge", state: "polled", ...change });
const budgetOf = (sends: ShardSend[], change = {}) =>
  hedgeFacts([{ ...someShard(sends), hedgeShare: SHARE, ...change }], SHARE, 9_000).budgetRows;

test("what has ended at the provider counts as done before it is collected, and is no straggler", () => {
  const ended = {
    ...running,
    endedAtMs: 5_000,
    batch: { ...running.batch!, status: "completed", completed: 10 },
  };
  const shards = [someShard([ended]), { ...someShard([running]), shard: 1, from: 10, end: 20 }];
  const facts = hedgeFacts(shards, SHARE, 9_000);
  expect(facts.doneShare).toBe(0.1);
  expect(facts.durations).toEqual([4_000]);
  expect(facts.stragglers).toEqual([{ shard: 1, rows: 10, waitedMs: 8_000, progress: 0, hedges: 0 }]);
});

test("all rows of a hedge count until every batch of its shard has told what it did", () => {
  expect(budgetOf([running])).toBe(8);
  expect(budgetOf([running, hedge({})])).toBe(-2);
  const won = hedge({ state: "collected" });
  expect(budgetOf([running, won], { openRows: 0 })).toBe(-2);
  expect(budgetOf([{ ...running, state: "collected", late: 3 }, won], { openRows: 0 })).toBe(5);
});

test("a hedge that was dropped before it was created counts for nothing", () => {
  expect(budgetOf([running, hedge({ state: "dropped" })])).toBe(8);
});

test("calls of a hedge stay counted", () => {
  const calls = someSend({ number: 2, kind: "online", state: "collected", batch: null });
  expect(budgetOf([{ ...running, state: "collected" }, calls], { openRows: 0 })).toBe(-2);
});
