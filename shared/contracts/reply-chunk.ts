import { z } from "zod";
import { arrayOf, defineContract, JobId, Rows, Run } from "./contract.ts";
import { isRowResult, type RowResult } from "./result-chunk.ts";

/**
 * What a lane got for a row whose reply is to be read by a judge before it is a result: the result as it would have been
 * stored, the chat that was sent, and what the request carried. Empty messages: the row failed, and nothing can be asked.
 */
export interface Reply extends RowResult {
  messages: string;
  carry: string;
}

const FIELDS = 8;

function isReply(given: unknown): given is Reply {
  const value = given as Partial<Record<keyof Reply, unknown>> | null;
  return isRowResult(given, FIELDS) && typeof value?.messages === "string" && typeof value.carry === "string";
}

export const ReplyChunk = z.strictObject({
  job: JobId,
  run: Run,
  /** The replica that made the calls. */
  worker: z.string(),
  results: arrayOf(
    isReply,
    "replies: {row, ok, truncated, line, promptTokens, completionTokens, messages, carry}",
  ),
  /** As of results. */
  split: Rows,
});
export type ReplyChunk = z.infer<typeof ReplyChunk>;

/** Replies of a job's run on their way to the judge. */
export const repliesMade = defineContract({
  subject: (job: string, run: number) => `v.${job}.${run}`,
  schema: ReplyChunk,
});
