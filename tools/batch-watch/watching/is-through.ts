import type { BatchRecord } from "./watch-state.ts";

/**
 * Nothing is left to do for a batch: it has ended, its results are here, and what it left is sent.
 * @param onHold nothing is sent in this start any more
 */
export function isThrough({ unknown, ended, results, parts }: BatchRecord, onHold: boolean): boolean {
  const isSent = parts?.every(({ child }) => onHold || child !== null) ?? false;
  return unknown || (ended !== null && results !== null && isSent);
}
