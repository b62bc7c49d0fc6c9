import type { JobWait } from "../../shared/contracts/jobs-api.ts";
import { clock } from "./amounts.ts";

/** What a job waits for, for how long already, and until when, as far as that is known. @param nowMs Unix milliseconds */
export function waitText({ what, sinceMs, untilMs }: JobWait, nowMs: number): string {
  const sofar = `${clock(Math.max(0, nowMs - sinceMs) / 1000)} so far`;
  const left =
    untilMs === null || untilMs <= nowMs
      ? ""
      : `, until ${timeOf(untilMs)} (${clock((untilMs - nowMs) / 1000)} left)`;
  return `waiting for ${what}: ${sofar}${left}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}
