import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import { isPlan, type JobEntry, type JobState } from "../../../shared/contracts/job-entry.ts";
import { laneOf } from "../../../shared/lanes.ts";

/**
 * The entry of a job that ends now. It keeps an owner where paid results may still come: of its batches, or, where it
 * was under way, of the calls that are open.
 */
export function endedEntry(entry: JobEntry, state: JobState, reason: HaltReason | null): JobEntry {
  const end = { state, reason, endedAt: new Date().toISOString() };
  if (isPlan(entry)) return { ...entry, ...end };
  const brokenOff = (state === "cancelled" || state === "failed") && entry.state !== "queued";
  if (!laneOf(entry.spec.dispatch).hasBatches && !brokenOff) return { ...entry, ...end };
  return { ...entry, ...end, settling: true };
}

/** The entry of a job that cannot go on: for now, or at all. */
export function haltedEntry(entry: JobEntry, state: "paused" | "failed", reason: HaltReason): JobEntry {
  return state === "failed" ? endedEntry(entry, state, reason) : { ...entry, state, reason, endedAt: null };
}

/** The entry of its next run. */
export function restartedEntry<Entry extends JobEntry>(entry: Entry): Entry {
  const next = { run: entry.run + 1, state: "queued", reason: null, endedAt: null } as const;
  if (isPlan(entry)) return { ...entry, ...next };
  const { settling: _, ...rest } = entry;
  return { ...rest, ...next } as Entry;
}
