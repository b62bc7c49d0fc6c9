import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { repeatedResults, rowsCollected } from "./collector-metrics.ts";
import type { Taken } from "./commit-queue.ts";
import type { PartRoll } from "./parts/part-roll.ts";
import type { ResultsLedger } from "./results-ledger.ts";

/**
 * Brings results to disk and then names them in the progress entry: a crash between the two repeats them, and loses none.
 * @param waiting results that are in the ledger already and go with a later commit: they are not done yet
 */
export async function commitResults(
  batch: readonly Taken[],
  keeper: ProgressKeeper,
  ledger: ResultsLedger,
  roll: PartRoll,
  waiting: () => readonly RowResult[],
): Promise<void> {
  const results = batch.flatMap(({ results }) => results);
  if (results.length > 0) {
    const length = await roll.append(results);
    const parts = keeper.draft.parts;
    if (parts.at(-1)?.name === length.name) parts[parts.length - 1] = length;
    else parts.push(length);
  }
  count(batch, results, keeper);
  const later = waiting();
  const good = later.filter(({ ok }) => ok).length;
  const bad = later.length - good;
  Object.assign(keeper.draft, { done: ledger.done.size - good, failed: ledger.failed.size - bad });
  await keeper.save();
  rowsCollected.inc(results.length);
}

function count(batch: readonly Taken[], results: RowResult[], keeper: ProgressKeeper): void {
  const draft = keeper.draft;
  for (const result of results) {
    draft.promptTokens += result.promptTokens;
    draft.completionTokens += result.completionTokens;
    if (result.truncated) draft.truncated += 1;
  }
  for (const waiting of batch) {
    for (const result of waiting.repeated) {
      draft.promptTokens += result.promptTokens;
      draft.completionTokens += result.completionTokens;
    }
    draft.repeated += waiting.repeated.length;
    repeatedResults.inc(waiting.repeated.length);
    draft.collectedTo = Math.max(draft.collectedTo, waiting.seq);
    draft.refeed.push(...waiting.split);
  }
}
