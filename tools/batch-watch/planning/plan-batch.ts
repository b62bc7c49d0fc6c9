import { wasNoAttempt } from "../../../shared/batch-policy/failed-batch.ts";
import { requestFileOf, requestLines } from "../lines/request-lines.ts";
import { outcomesOf } from "../outcomes/merge-results.ts";
import type { WatchContext } from "../watching/watch-context.ts";
import type { BatchRecord } from "../watching/watch-state.ts";
import { holdReason } from "./hold-reason.ts";
import type { LineFate } from "./line-fate.ts";
import { adopted, restFile, savePlan, unansweredFile } from "./plan-file.ts";
import { refusedPlan, wholeAgain } from "./plan-refused.ts";
import { isWhole, type PlanRest, planRest, type RequestText } from "./plan-rest.ts";
import type { RebuiltRequest } from "./rebuild-requests.ts";
import { jobOf } from "./resend-policy.ts";
import { resultFates } from "./result-fates.ts";

/**
 * Decides what of a collected batch is sent again, and leaves it in files of the folder.
 * @returns false where its requests can only be told once all other batches are planned
 */
export async function planBatch(context: WatchContext, record: BatchRecord): Promise<boolean> {
  const { state, policy } = context;
  const fates = await fatesOf(context, record);
  if (record.twin || isWhole(record.ended!, fates)) {
    await state.save({ ...record, parts: [] });
    return true;
  }
  const file = await requestFileOf(context, record);
  const mayAgain = policy.ofJobs || jobOf(record.ended!) === undefined;
  const hold = record.told || !mayAgain ? undefined : holdReason(record.ended!, fates);
  if (hold !== undefined) {
    await holdBack(context, record, { fates, file, reason: hold });
    return true;
  }
  if (wasNoAttempt(record.ended!) && policy.kinds.has("failed") && mayAgain) {
    await planRefused(context, record, file);
    return true;
  }
  if (file !== undefined) {
    await plan(context, record, { fates, requests: requestLines(file), rebuilt: false });
    return true;
  }
  return await planWithoutFile(context, record, fates);
}

/** Nothing is sent again before a person has done something; another start takes it that this was done. */
async function holdBack(
  context: WatchContext,
  record: BatchRecord,
  { fates, file, reason }: { fates: ReadonlyMap<string, LineFate>; file: string | undefined; reason: string },
): Promise<void> {
  const { state, hold } = context;
  if (file === undefined) {
    const left = (record.ended!.request_counts?.total ?? 0) - fates.size;
    await state.save({ ...record, parts: [], heldBack: Math.max(1, left), told: true });
  } else {
    await plan(context, record, { fates, requests: requestLines(file), rebuilt: false, onHold: true });
    await state.save({ ...state.get(record.id)!, told: true });
  }
  if (hold.reason === undefined) context.note(reason);
  hold.reason ??= reason;
}

async function planRefused(
  context: WatchContext,
  record: BatchRecord,
  file: string | undefined,
): Promise<void> {
  const isElsewhere = await context.elsewhere?.than(record, context);
  const planned = await refusedPlan(record.ended!, file, isElsewhere);
  if (planned === "whole") {
    const part = adopted(wholeAgain(record.ended!), 0, record, context.state);
    await context.state.save({ ...record, parts: [part], heldBack: 0 });
    return;
  }
  if (planned.mostRequests !== undefined) {
    context.note(
      `Batch ${record.id} alone holds more tokens than the provider takes in: its requests are sent in smaller batches.`,
    );
  }
  await plan(context, record, {
    ...{ fates: new Map<string, LineFate>(), requests: requestLines(file!), rebuilt: false },
    ...planned,
  });
}

/** The requests are gone at the provider: a dataset can give them again, if it is known which ones they were. */
async function planWithoutFile(
  context: WatchContext,
  record: BatchRecord,
  fates: ReadonlyMap<string, LineFate>,
): Promise<boolean> {
  const { rebuild } = context;
  const total = record.ended!.request_counts?.total ?? 0;
  const allKnown = total > 0 && fates.size >= total;
  if (rebuild !== undefined && !allKnown) return false;
  if (rebuild !== undefined) {
    const requests = numbered(rebuild((id) => fates.has(id)));
    await plan(context, record, { fates, requests, rebuilt: true });
    return true;
  }
  context.note(
    `The requests of batch ${record.id} are gone at the provider, so that those without an answer cannot be sent again: give --dataset and --annotator to make them anew.`,
  );
  await context.state.save({ ...record, parts: [], heldBack: Math.max(1, total) });
  return true;
}

/** Of a batch that left no trace of its requests: all rows of the dataset that stand in no other batch. */
export async function planRemainder(context: WatchContext, record: BatchRecord): Promise<void> {
  const { state, rebuild } = context;
  const lost = state.all().find(({ unknown }) => unknown);
  using others = await outcomesOf(state);
  const gone = `The requests of batch ${record.id} are gone at the provider`;
  context.note(
    lost === undefined
      ? `${gone}: they are taken to be the rows of the dataset that stand in no other batch.`
      : `${gone}, and since batch ${lost.id} is unknown to it nobody can tell which rows they were: nothing is sent again for it.`,
  );
  const fates = await fatesOf(context, record);
  const requests = lost === undefined ? rebuild!((id) => !others.has(id) || fates.has(id)) : none();
  await plan(context, record, { fates, requests: numbered(requests), rebuilt: true });
}

/** By the provider's files: what stands beside them was noted here. */
async function fatesOf({ state }: WatchContext, record: BatchRecord): Promise<Map<string, LineFate>> {
  const files = record.results!.filter((name) => name !== unansweredFile(record));
  return await resultFates(files.map((name) => state.at(name)));
}

async function plan(
  context: WatchContext,
  record: BatchRecord,
  given: Pick<PlanRest, "fates" | "requests" | "rebuilt" | "mostRequests" | "refused" | "onHold">,
): Promise<void> {
  const { state, policy } = context;
  const { answersGone, ended } = record;
  // What was never taken in was no attempt.
  const attempt = record.attempt - (wasNoAttempt(ended!) ? 1 : 0);
  const paths = { restPath: restFile(state, record), unansweredPath: state.at(unansweredFile(record)) };
  const isElsewhere = (await context.elsewhere?.than(record, context)) ?? (() => false);
  const rest = { batch: ended!, answersGone, attempt, policy, isElsewhere, ...given, ...paths };
  await savePlan(state, record, await planRest(rest));
}

async function* numbered(requests: AsyncIterable<RebuiltRequest>): AsyncGenerator<RequestText> {
  let line = 0;
  for await (const { text } of requests) {
    line += 1;
    yield { line, text };
  }
}

async function* none(): AsyncGenerator<RebuiltRequest> {}
