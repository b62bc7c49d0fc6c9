/**
 * A provider may not see a file for a while that it has just taken: then the same file is named again after growing waits.
 * Where that does not help the file is lost, and is uploaded anew; and where that does not help either, nothing does.
 *
 * | refusals in a row | wait before the next call | and then       |
 * |-------------------|---------------------------|----------------|
 * | 1 to 7            | 0.5 s, doubling           | the same file  |
 * | 8, 16             | a minute                  | a new upload   |
 * | others below 24   | a minute                  | the same file  |
 * | 24                |                           | it is given up |
 */
export interface AfterUnseenFile {
  waitMs: number;
  next: "same_file" | "new_upload" | "give_up";
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const A_FILE = 8;
const MOST_FILES = 3;

/** @param refusals in a row, this one included */
export function afterUnseenFile(refusals: number): AfterUnseenFile {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(refusals - 1, 20), LONGEST_WAIT_MS);
  if (refusals % A_FILE !== 0) return { waitMs, next: "same_file" };
  return { waitMs, next: refusals >= A_FILE * MOST_FILES ? "give_up" : "new_upload" };
}
