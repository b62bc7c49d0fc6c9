import { type Batch, isFinished } from "../../../shared/batch-api/batch.ts";
import { isOlder, resentBy } from "./resent-batch.ts";
import type { WatchContext } from "./watch-context.ts";
import { endNotes } from "./watch-notes.ts";
import { type BatchRecord, childRecord } from "./watch-state.ts";

/**
 * Takes in what the provider shows of batches, those included that an earlier start created and could not note.
 * @returns those that have ended since
 */
export async function takeBatches(context: WatchContext, seen: readonly Batch[]): Promise<Batch[]> {
  const { state, latest } = context;
  const ended: Batch[] = [];
  // Oldest first: a parent is known before its children.
  for (const batch of seen.toReversed()) {
    const record = state.get(batch.id) ?? (await adopt(context, batch));
    if (record === undefined || record.ended !== null) continue;
    latest.set(batch.id, batch);
    if (!isFinished(batch)) continue;
    await state.save({ ...record, ended: batch });
    if (!record.twin) ended.push(batch);
  }
  for (const sentence of endNotes(ended)) context.note(sentence);
  return ended;
}

async function adopt(context: WatchContext, batch: Batch): Promise<BatchRecord | undefined> {
  const { state, latest, note } = context;
  const origin = resentBy(batch);
  const parent = origin && state.get(origin.parent);
  if (origin === undefined || parent === undefined) return undefined;
  const sibling = state.childOf(origin.parent, origin.part);
  const other = sibling && (latest.get(sibling.id) ?? sibling.ended ?? undefined);
  if (sibling === undefined || other === undefined) {
    const held = parent.ofDataset
      ? "rows that stood in none of the others"
      : `what was left of batch ${parent.id}`;
    note(`Batch ${batch.id} holds ${held}: an earlier start created it.`);
    return await own(context, parent, origin.part, batch.id);
  }
  const younger = isOlder(other, batch) ? batch : other;
  note(
    `Batches ${other.id} and ${batch.id} hold the same requests: ${younger.id}, the younger, is cancelled.`,
  );
  if (!isFinished(younger)) await context.api.cancelBatch(younger.id).catch(() => {});
  if (younger === batch) return await state.save(childRecord(parent, origin.part, batch.id, true));
  await state.save({ ...sibling, twin: true });
  return await own(context, parent, origin.part, batch.id);
}

/** The batch is the one that its parent's part was sent as. */
async function own(
  { state }: WatchContext,
  parent: BatchRecord,
  part: number,
  id: string,
): Promise<BatchRecord> {
  const parts = parent.parts?.map((one, number) => (number === part ? { ...one, child: id } : one)) ?? null;
  const record = await state.save(childRecord(parent, part, id, false));
  await state.save({ ...parent, parts });
  return record;
}
