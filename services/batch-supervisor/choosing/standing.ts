import { ENDED, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import { type RunStanding, runStanding } from "../../../shared/runtime/worker/run-standing.ts";

/** What is wanted of a shard as its job stands. */
export interface Standing {
  /** New batches may be created. */
  submit: boolean;
  /** Batches that run are to be ended. */
  cancel: boolean;
  /**
   * What is to become of rows' outcomes: all are published; only answers are, since a later run asks failed rows anew; none
   * is, only what they cost counts; or nobody takes them yet.
   */
  results: "all" | "answers" | "none" | "later";
}

const SUBMIT: Standing = { submit: true, cancel: false, results: "all" };
const COLLECT: Standing = { submit: false, cancel: false, results: "all" };
const WAIT: Standing = { submit: false, cancel: false, results: "later" };
const END: Standing = { submit: false, cancel: true, results: "none" };

const AT_STANDING: Record<RunStanding, Standing | ((entry: RequestJob) => Standing)> = {
  none: END,
  ahead: WAIT,
  overwritten: END,
  superseded: (entry) => ({ submit: false, cancel: true, results: earlierResults(entry) }),
  queued: WAIT,
  running: SUBMIT,
  paused: COLLECT,
  exporting: END,
  // What its batches have done is kept, as long as it has an owner for that.
  stopped: ({ settling }) => (settling ? { ...END, results: "all" } : END),
  completed: END,
};

/** @param entry the job's, undefined where there is none any more */
export function standingOf({ run }: Pick<Shard, "run">, entry: RequestJob | undefined): Standing {
  const wanted = AT_STANDING[runStanding(entry, run)];
  return typeof wanted === "function" ? wanted(entry!) : wanted;
}

/** Of a run that another one followed. */
function earlierResults({ state, settling }: RequestJob): Standing["results"] {
  if (state === "queued") return "later";
  return ENDED.has(state) && !settling ? "none" : "answers";
}
