import { z } from "zod";
import { arrayOf, defineContract, isCount, JobId, Run } from "./contract.ts";

/** A row to be asked again, in a chat that says what was wrong with its reply. */
export interface ReaskRow {
  row: number;
  /** As of a chunk's row. */
  messages: string;
  carry: string;
  /** Which ask of the row it is, from 2 on: the same one that comes twice is known by it. */
  ask: number;
}

function isReaskRow(given: unknown): given is ReaskRow {
  const value = given as Partial<Record<keyof ReaskRow, unknown>> | null;
  return (
    typeof value === "object" &&
    value !== null &&
    isCount(value.row) &&
    isCount(value.ask) &&
    typeof value.messages === "string" &&
    typeof value.carry === "string"
  );
}

const ReaskChunk = z.strictObject({
  job: JobId,
  run: Run,
  rows: arrayOf(isReaskRow, "rows to be asked again: {row, messages, carry, ask}"),
});

/**
 * Replies of a job's run that gave no verdict, to be asked for again by batches. They lie in a log that nobody
 * acknowledges: the job's shards say how far it was read.
 */
export const reasksWanted = defineContract({
  subject: (job: string, run: number) => `t.reask.${job}.${run}`,
  schema: ReaskChunk,
});
