import { expect, test } from "vitest";
import { isBrokenOff } from "../../../shared/contracts/broken-off.ts";
import { JobState } from "../../../shared/contracts/job-entry.ts";
import { Halts } from "../../../shared/runtime/worker/halts.ts";
import { type RunStanding, runStanding } from "../../../shared/runtime/worker/run-standing.ts";
import { AT_STANDING, chunkFate } from "../../../shared/runtime/worker/session-ending.ts";

const RUNNING = { run: 3, firstRun: 2, state: "running" } as const;

test("how a run stands follows from the numbers of the entry's runs, and in its own run from the state", () => {
  expect(runStanding(undefined, 3)).toBe("none");
  expect([1, 2, 4].map((run) => runStanding(RUNNING, run))).toEqual(["overwritten", "superseded", "ahead"]);
  const own = JobState.options.map((state) => [state, runStanding({ ...RUNNING, state }, 3)]);
  expect(Object.fromEntries(own)).toEqual({
    queued: "queued",
    running: "running",
    paused: "paused",
    exporting: "exporting",
    completed: "completed",
    completed_with_errors: "completed",
    cancelled: "stopped",
    failed: "stopped",
  });
});

test("calls that are open get their time exactly where the run was broken off and what it brings counts", () => {
  for (const state of JobState.options)
    for (const run of [1, 2, 3, 4]) {
      const entry = { ...RUNNING, state };
      const lastCalls = AT_STANDING[runStanding(entry, run)] === "last_calls";
      expect([state, run, lastCalls]).toEqual([state, run, isBrokenOff(entry, run)]);
    }
});

test("a session works while its run does; it finishes what was begun in one that rests, and drops what nobody wants", () => {
  const ends = (how: string) =>
    (Object.keys(AT_STANDING) as RunStanding[]).filter((at) => AT_STANDING[at] === how);
  expect(ends("work")).toEqual(["running"]);
  expect(ends("finish")).toEqual(["queued", "paused"]);
  expect(ends("drop")).toEqual(["none", "overwritten", "exporting", "completed"]);
});

test("a chunk of an earlier run is acked, one of a later run waits for its session, and while a session ends all go back", () => {
  const fates = [2, 3, 4].map((run) =>
    [
      { run: 3, closing: false, dropped: false },
      { run: 3, closing: true, dropped: false },
      { run: 3, closing: true, dropped: true },
    ].map((session) => chunkFate(run, session)),
  );
  expect(fates).toEqual([
    ["drop", "drop", "drop"],
    ["go", "later", "drop"],
    ["later", "later", "drop"],
  ]);
});

test("a job that is to be halted is not taken up again until its entry changes, or nobody has halted it for a while", () => {
  const halts = new Halts();
  halts.remember("job", 7, 1_000);
  expect(halts.awaits("job", 7, 15_999)).toBe(true);
  expect(halts.awaits("job", 8, 1_001)).toBe(false);
  expect(halts.awaits("job", 7, 16_001)).toBe(false);
  expect(halts.awaits("other", 7, 1_001)).toBe(false);
});
