import { expect, test } from "vitest";
import { type Change, changedEntry } from "../../services/coordinator/answering/change-job.ts";
import { JobState } from "../../shared/contracts/job-entry.ts";
import { someEntry } from "./job-entries.ts";

/** What becomes of a job: its state, `+` where a new run begins, `=` where nothing changes, `!` where it is refused. */
const TABLE: Record<JobState, Record<Change, string>> = {
  queued: { pause: "paused", resume: "=", cancel: "cancelled", retry: "!" },
  running: { pause: "paused", resume: "=", cancel: "cancelled", retry: "!" },
  paused: { pause: "=", resume: "running", cancel: "cancelled", retry: "!" },
  exporting: { pause: "!", resume: "=", cancel: "cancelled", retry: "!" },
  completed: { pause: "!", resume: "!", cancel: "!", retry: "!" },
  completed_with_errors: { pause: "!", resume: "!", cancel: "!", retry: "queued+" },
  cancelled: { pause: "!", resume: "queued+", cancel: "=", retry: "queued+" },
  failed: { pause: "!", resume: "queued+", cancel: "!", retry: "queued+" },
};

test.each(
  JobState.options.flatMap((state) =>
    Object.entries(TABLE[state]).map(([change, then]) => [state, change, then]),
  ),
)("a job that is %s: %s -> %s", (state, change, then) => {
  const before = someEntry({ state: state as JobState, reason: { code: "x", message: "y" } });
  expect(outcome(before, change as Change)).toBe(then);
});

test("a job that goes on has no reason to rest and no end any more", () => {
  const failed = someEntry({
    state: "failed",
    reason: { code: "x", message: "y" },
    endedAt: "2026-01-01T00:00:00.000Z",
  });
  expect(changedEntry(failed, "resume")).toMatchObject({ run: 2, firstRun: 1, reason: null, endedAt: null });
});

function outcome(before: ReturnType<typeof someEntry>, change: Change): string {
  try {
    const after = changedEntry(before, change);
    return after === undefined ? "=" : `${after.state}${after.run > before.run ? "+" : ""}`;
  } catch (error) {
    expect((error as Error).message).toMatch(/^Job 0123456789abcdef is /);
    return "!";
  }
}
