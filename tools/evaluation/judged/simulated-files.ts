import { readJudgedEntries } from "./read-judged-entries.ts";

/** A file is simulated as a whole, or not; but replies of some forms bear no mark. */
const LOOKED_INTO = 100;

/** Whether the first judgements of one of these files are the simulator's. @throws UserError naming the place */
export async function areSimulated(paths: readonly string[], signal?: AbortSignal): Promise<boolean> {
  for (const path of paths) {
    let seen = 0;
    for await (const { simulated } of readJudgedEntries(path, signal)) {
      if (simulated) return true;
      seen += 1;
      if (seen === LOOKED_INTO) break;
    }
  }
  return false;
}
