import { ENDED } from "../../shared/contracts/job-entry.ts";
import { type JobView, showJob } from "../../shared/contracts/jobs-api.ts";
import { pause } from "../../shared/timing/pause.ts";
import type { ProgressView } from "../view/progress-view.ts";
import type { Patience, Session } from "./session.ts";

const LOOK_EVERY_MS = 500;
const SILENCE_MS = 3000;
const PATIENCE: Patience = { answerMs: 2000, totalMs: 60_000 };

/** Follows a job to its end, or until it cannot go on by itself; also returns when `signal` aborts. */
export async function followJob(
  session: Session,
  job: string,
  progress: ProgressView,
  signal: AbortSignal,
): Promise<JobView> {
  for (;;) {
    const { job: view } = await saidAloud(session.ask(showJob, { job }, PATIENCE), progress);
    progress.show(view);
    // A system of its own would leave what batches of it still cost uncounted, and those that nobody needs running.
    const settling = session.own && view.batches?.settling === true;
    if ((isOver(view) && !settling) || signal.aborted) return view;
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** Says when an answer is long in coming, and when it has come. */
async function saidAloud<Answer>(asked: Promise<Answer>, progress: ProgressView): Promise<Answer> {
  let isSaid = false;
  const silence = setTimeout(() => {
    isSaid = true;
    const longest = PATIENCE.totalMs / 1000;
    progress.note(`No coordinator answers: waiting for one to come back, up to ${longest} s.`);
  }, SILENCE_MS);
  try {
    const answer = await asked;
    if (isSaid) progress.note("A coordinator answers again.");
    return answer;
  } finally {
    clearTimeout(silence);
  }
}

/** A job that a person paused may be resumed by that person; one that paused itself waits for something to be put right. */
function isOver(view: JobView): boolean {
  return (
    ENDED.has(view.state) || (view.state === "paused" && view.reason !== null && view.reason.code !== "user")
  );
}
