import { requestFileOf } from "../lines/request-lines.ts";
import { outcomesOf } from "../outcomes/merge-results.ts";
import type { WatchContext } from "../watching/watch-context.ts";
import type { BatchRecord } from "../watching/watch-state.ts";
import { restFile, savePlan, unansweredFile } from "./plan-file.ts";
import { RestWriter } from "./rest-writer.ts";

/**
 * Plans for the dataset itself: its rows that stand in none of the batches are sent where that is wanted, else counted. Which
 * ones they are is known once every batch has ended, or says in its request file what it holds.
 */
export async function planMissing(context: WatchContext, record: BatchRecord): Promise<void> {
  const { state, policy, rebuild, note } = context;
  const isWanted = policy.kinds.has("missing");
  const lost = state.all().find(({ unknown }) => unknown);
  if (isWanted && lost !== undefined) {
    note(
      `Since batch ${lost.id} is unknown to the provider nobody can tell which rows stand in none of the batches: none is sent for that.`,
    );
  }
  if (rebuild === undefined || lost !== undefined) {
    await state.save({ ...record, parts: [], heldBack: 0 });
    return;
  }
  using known = await outcomesOf(state);
  const isElsewhere = (await context.elsewhere?.than(record, context)) ?? (() => false);
  await using writer = new RestWriter(restFile(state, record), state.at(unansweredFile(record)));
  let heldBack = 0;
  for await (const { customId, text } of rebuild((id) => !known.has(id) && !isElsewhere(id))) {
    if (isWanted) {
      await writer.unanswered(customId, "not_asked", "None of the batches held this row.");
      await writer.resend(text);
    } else heldBack += 1;
  }
  await savePlan(state, record, { ...(await writer.commit()), heldBack });
}

/** Whether these batches' request files say what they hold: then nobody needs to wait for their ends. */
export async function requestsAreKnown(
  context: WatchContext,
  records: readonly BatchRecord[],
): Promise<boolean> {
  for (const record of records) if ((await requestFileOf(context, record)) === undefined) return false;
  return true;
}
