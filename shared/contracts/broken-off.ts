import type { RequestJob } from "./job-entry.ts";

/**
 * Whether a run was broken off, be it that its job goes on in a later one, and what it still brings counts: calls that
 * are open are paid, and their answers are kept.
 */
export function isBrokenOff(now: Pick<RequestJob, "run" | "firstRun" | "state">, run: number): boolean {
  if (now.run !== run) return now.firstRun <= run;
  return now.state === "cancelled" || now.state === "failed";
}
