import type { RunStanding } from "./run-standing.ts";

/** How a session ends: rows that were begun are finished; or they are ended, and go back; or nobody wants them any more. */
export type Ending = "finish" | "return" | "drop";

/** What a session does as its run stands: works on, or ends. `last_calls`: finishes what was begun, if it does not take long. */
export const AT_STANDING: Record<RunStanding, "work" | "last_calls" | Ending> = {
  none: "drop",
  ahead: "last_calls",
  overwritten: "drop",
  superseded: "last_calls",
  queued: "finish",
  running: "work",
  paused: "finish",
  // Every row has an outcome then.
  exporting: "drop",
  stopped: "last_calls",
  completed: "drop",
};

/** What is to be done with a chunk now: worked on, given back, or acked since nobody wants it any more. */
export type ChunkFate = "go" | "later" | "drop";

export function chunkFate(
  chunkRun: number,
  session: { run: number; closing: boolean; dropped: boolean },
): ChunkFate {
  if (session.dropped || chunkRun < session.run) return "drop";
  return session.closing || chunkRun > session.run ? "later" : "go";
}
