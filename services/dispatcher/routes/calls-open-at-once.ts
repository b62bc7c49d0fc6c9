import { expectedCompletion } from "../budget/reservation.ts";
import type { RouteJob } from "./route-job.ts";

/** Bytes of answers that calls of one job may bring at once, and that of its results may wait to be stored. */
const MOST_ANSWER_BYTES = 24 * 1024 * 1024;
/** Some more than English has: a token of JSON, with what stands around it. */
const BYTES_A_TOKEN = 5;

/**
 * How many calls of a job may be open, so that their answers fit into memory should they all come at once: with n = 64
 * an answer is 64 texts. A process that dies of them pays for all of its open calls again.
 * @param answerTokens what an answer is expected to take, of all its choices together
 */
export function answersAtOnce(answerTokens: number): number {
  return Math.max(1, Math.floor(MOST_ANSWER_BYTES / (BYTES_A_TOKEN * Math.max(1, answerTokens))));
}

/** How many calls of the job may be open on its route. */
export function callsAtMost(job: Pick<RouteJob, "concurrency" | "reservations">): number {
  return Math.min(job.concurrency, answersAtOnce(expectedCompletion(job.reservations, "usage")));
}

/** Whether one more call of the job has room: among those that are open, and among results that are not stored yet. */
export function mayOpenAnother(job: RouteJob): boolean {
  return job.inFlight < callsAtMost(job) && job.unstoredBytes() < MOST_ANSWER_BYTES;
}
