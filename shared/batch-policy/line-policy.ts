import type { LineFacts } from "../providers/batch-line.ts";

/**
 * What a line of a batch's output or error file means for its request. The job's supervisor and the watch of foreign
 * batches both act by this table; how they carry a meaning out is theirs:
 *
 * | meaning      | the supervisor of a job                         | the watch                                    |
 * |--------------|-------------------------------------------------|----------------------------------------------|
 * | answered     | keeps the answer, or asks again as the job says | keeps the line                               |
 * | unfinished   | sends the request again                         | sends it again as the rest of its batch      |
 * | again        | sends the request again                         | sends it again as a passing error            |
 * | final        | the row fails                                   | the line stays among the errors              |
 * | quota        | pauses the job, then sends the request again    | sends nothing more before it is started anew |
 * | fails_job    | the job fails: no request of it can be answered | the line stays among the errors              |
 *
 * A meaning of `again` burns one of the attempts that a request has, so that none goes round for ever.
 */
export type LineMeaning = "answered" | "unfinished" | "again" | "final" | "quota" | "fails_job";

export interface LineRule {
  /** For tests and for people. */
  name: string;
  holds(facts: LineFacts): boolean;
  means: LineMeaning;
}

const inside = (status: number | null, from: number, to: number) =>
  status !== null && status >= from && status < to;
/** Statuses of requests that nothing is wrong with; 0 and 498 are what providers write of calls they never made. */
const PASSING: ReadonlySet<number | null> = new Set([0, 408, 409, 424, 425, 429, 498, 499]);
const UNFINISHED = /^batch_(expired|cancell?ed)$/;
const NO_MODEL = /^(model_not_found|invalid_model|model_mismatch|model_not_available)$/;
const NO_PARAMETER = /^(unsupported_parameter|unsupported_value|unknown_parameter)$/;

/** The first rule that holds counts; the last one always does. */
export const LINE_POLICY: readonly LineRule[] = [
  { name: "an answer", holds: ({ status }) => inside(status, 200, 300), means: "answered" },
  { name: "the account has nothing left", holds: ({ outOfQuota }) => outOfQuota, means: "quota" },
  {
    name: "its batch ended before it was got to",
    holds: ({ status, code }) => status === null && UNFINISHED.test(code),
    means: "unfinished",
  },
  { name: "no response, for another reason", holds: ({ status }) => status === null, means: "again" },
  { name: "a passing status", holds: ({ status }) => PASSING.has(status), means: "again" },
  { name: "a fault of the provider", holds: ({ status }) => inside(status, 500, Infinity), means: "again" },
  // The batch was taken in with this key: it is not the key that is wrong with one of its lines.
  { name: "one line's key", holds: ({ status }) => status === 401, means: "again" },
  {
    name: "a model that is not there",
    holds: ({ status, code, message }) =>
      NO_MODEL.test(code) || (status === 404 && /\bmodel\b/i.test(message)),
    means: "fails_job",
  },
  { name: "a parameter of all requests", holds: ({ code }) => NO_PARAMETER.test(code), means: "fails_job" },
  {
    name: "an address that is not there, without a reason",
    holds: ({ status, code }) => status === 404 && code === "",
    means: "again",
  },
  { name: "anything else", holds: () => true, means: "final" },
];

export function lineMeaning(facts: LineFacts): LineMeaning {
  return LINE_POLICY.find(({ holds }) => holds(facts))!.means;
}
