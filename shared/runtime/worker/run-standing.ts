import { ENDED, type RequestJob } from "../../contracts/job-entry.ts";

/**
 * How a run of a job stands, as its entry says. Each service that works for jobs has one table of what it does then, with a
 * row for each of these:
 *
 * | standing | the entry says |
 * |---|---|
 * | none | nothing: the job is gone |
 * | ahead | it was read before this run began |
 * | overwritten | a later run began that wants nothing of this one |
 * | superseded | a later run began, and what this one still brings counts |
 * | queued, running, paused, exporting | its own state |
 * | stopped | the job was cancelled, or failed: what was begun is paid, and counts |
 * | completed | every row has its outcome |
 */
export type RunStanding =
  | "none"
  | "ahead"
  | "overwritten"
  | "superseded"
  | "queued"
  | "running"
  | "paused"
  | "exporting"
  | "stopped"
  | "completed";

export function runStanding(
  entry: Pick<RequestJob, "run" | "firstRun" | "state"> | undefined,
  run: number,
): RunStanding {
  if (entry === undefined) return "none";
  if (run < entry.firstRun) return "overwritten";
  if (run < entry.run) return "superseded";
  if (run > entry.run) return "ahead";
  const { state } = entry;
  if (state === "cancelled" || state === "failed") return "stopped";
  return ENDED.has(state) ? "completed" : (state as "queued" | "running" | "paused" | "exporting");
}
