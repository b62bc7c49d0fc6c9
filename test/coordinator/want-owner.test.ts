import { expect, test } from "vitest";
import { settledRuns } from "../../services/coordinator/batches/batch-sums.ts";
import { isDue } from "../../services/coordinator/batches/reasks/reasks.ts";
import { isResting, wantOwner } from "../../services/coordinator/owning/want-owner.ts";
import type { JobEntry, JobState } from "../../shared/contracts/job-entry.ts";
import { someSend, someShard } from "../batch-supervisor/some-shard.ts";
import { BATCH, someEntry, someSpec } from "./job-entries.ts";

function job(
  id: string,
  state: JobState,
  changes: { priority?: number; batch?: boolean; settling?: true } = {},
) {
  const { priority = 1, batch = false, settling } = changes;
  const spec = someSpec();
  const dispatch = { ...spec.dispatch, priority, batch: batch ? BATCH : null };
  const more = settling === undefined ? {} : { settling };
  return someEntry({ id, state, spec: { ...spec, dispatch }, createdAt: `2026-01-0${id.length}`, ...more });
}

test("running jobs want an owner first; of those that wait, as many as there are slots, by priority and age", () => {
  const jobs = [
    job("a", "queued"),
    job("bb", "running"),
    job("ccc", "queued", { priority: 3 }),
    job("dddd", "queued"),
    job("eeeee", "completed"),
    job("ffffff", "exporting"),
  ];
  const ids = (slots: number) => wantOwner(jobs, slots).map(({ id }) => id);
  expect(ids(2)).toEqual(["bb", "ffffff"]);
  expect(ids(4)).toEqual(["bb", "ffffff", "ccc", "a"]);
  expect(ids(1)).toEqual(["bb", "ffffff"]);
});

test("plans wait for no slot, and take none", () => {
  const plan = (id: string, state: JobState) => ({ id, state, plan: {} }) as unknown as JobEntry;
  const jobs = [job("a", "queued"), plan("running plan", "running"), plan("plan", "queued")];
  expect(wantOwner(jobs, 1).map(({ id }) => id)).toEqual(["running plan", "plan", "a"]);
});

test("a paused job of batches, and one whose batches are being ended, want an owner; others that rest do not", () => {
  expect(isResting(job("a", "paused", { batch: true }))).toBe(true);
  expect(isResting(job("a", "cancelled", { batch: true, settling: true }))).toBe(true);
  expect(isResting(job("a", "paused"))).toBe(false);
  expect(isResting(job("a", "cancelled", { batch: true }))).toBe(false);
});

test("a run is settled when each of its shards is, and not before", () => {
  const over = { ...someShard([someSend({ state: "collected" })]), openRows: 0, closed: true };
  const open = someShard([someSend()]);
  expect(
    settledRuns([
      { ...over, run: 3 },
      { ...over, run: 1 },
      { ...open, run: 2 },
    ]),
  ).toEqual([1, 3]);
  expect(settledRuns([over, { ...open, shard: 1 }])).toEqual([]);
});

test.each([
  ["nothing gathered", { gathered: 0, isFull: true }, "no"],
  ["enough for a shard", { isFull: true, shardsOpen: true }, "yes"],
  ["ten polls waited", { waitedMs: 1_001, shardsOpen: true }, "yes"],
  ["not ten polls waited, and more may come", { waitedMs: 1_000, shardsOpen: true }, "no"],
  ["nothing else under way", {}, "if nobody reads"],
] as const)("a shard of re-asks, %s: %j", (_, facts, expected) => {
  const some = { gathered: 5, isFull: false, waitedMs: 10, pollMs: 100, shardsOpen: false };
  expect(isDue({ ...some, ...facts })).toBe(expected);
});
