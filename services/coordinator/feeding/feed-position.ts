import type { FeedPlan } from "../../../shared/contracts/job-progress.ts";

/** Where feeding goes on: the next row of the pass, and what was planned but is not published. */
export interface FeedPosition {
  row: number;
  /** Before which rows the next chunks end. */
  ends: number[];
  /** Rows that must be fed alone again. */
  singles: number[];
}

/**
 * Reads from the stored plan and the stream's last sequence which of the planned chunks were published. The plan is
 * stored before its chunks are published, and only the owner publishes, each with the expected last sequence: so the
 * difference of the sequences is the number of them. An earlier owner that sleeps may still publish the rest: whoever
 * goes on publishes the very same chunks, so that it does not matter whose arrives.
 */
export function positionAfter(plan: FeedPlan, lastSequence: number): FeedPosition {
  const published = lastSequence - plan.seq;
  // The stream was made anew: whatever it held is gone, the ledger knows what need not be fed again.
  if (published < 0) return { row: 0, ends: [], singles: [] };
  const passed = plan.ends.slice(0, published);
  return {
    row: passed.at(-1) ?? plan.from,
    ends: plan.ends.slice(published),
    singles: plan.singles.slice(published),
  };
}
