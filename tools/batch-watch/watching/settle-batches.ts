import { planBatch, planRemainder } from "../planning/plan-batch.ts";
import { planMissing, requestsAreKnown } from "../planning/plan-missing.ts";
import { collectBatch } from "./collect-batch.ts";
import { inParallel } from "./in-parallel.ts";
import { isThrough } from "./is-through.ts";
import type { WatchContext } from "./watch-context.ts";
import type { BatchRecord } from "./watch-state.ts";

const COLLECTED_AT_ONCE = 4;

/** Collects and plans what has ended; those last whose requests can be told by all others alone. */
export async function settleBatches(context: WatchContext): Promise<void> {
  const { api, state, signal } = context;
  const toCollect = state.all().filter(({ ended, results }) => ended !== null && results === null);
  await inParallel(toCollect, COLLECTED_AT_ONCE, async (record) => {
    await collectBatch(api, state, state.get(record.id)!, signal);
  });
  const later: BatchRecord[] = [];
  for (const record of state.batches()) {
    if (record.results === null || record.parts !== null) continue;
    signal?.throwIfAborted();
    if (!(await planBatch(context, record))) later.push(record);
  }
  const rest = state.batches().filter((record) => !isThrough(record, false));
  if (rest.length === later.length) for (const record of later) await planRemainder(context, record);
  await settleDataset(context);
}

/** Where its rows are to be sent that stand in none of the batches, that need not wait for the batches' ends. */
async function settleDataset(context: WatchContext): Promise<void> {
  const { state, policy } = context;
  const dataset = state.all().find(({ ofDataset, parts }) => ofDataset && parts === null);
  if (dataset === undefined) return;
  const unplanned = state.batches().filter(({ unknown, parts }) => !unknown && parts === null);
  const mayBegin =
    unplanned.length === 0 || (policy.kinds.has("missing") && (await requestsAreKnown(context, unplanned)));
  if (mayBegin) await planMissing(context, dataset);
}
