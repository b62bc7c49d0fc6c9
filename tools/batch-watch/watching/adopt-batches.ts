import type { Batch } from "../../../shared/batch-api/batch.ts";
import { findBatches } from "../../../shared/batch-api/find-batches.ts";
import { runOf } from "../planning/resend-policy.ts";
import { resentBy } from "./resent-batch.ts";
import { takeBatches } from "./take-batches.ts";
import type { WatchContext } from "./watch-context.ts";
import { unnamedNote } from "./watch-notes.ts";

/**
 * Batches of earlier starts, where what they noted is lost, and those of the same run of a job that nobody had written down
 * when its system ended: none is older than the first of those that were given.
 */
export async function adoptOlder(context: WatchContext): Promise<void> {
  const { api, state, latest, signal } = context;
  const known = state.batches().flatMap(({ id, ended }) => latest.get(id) ?? ended ?? []);
  if (known.length === 0) return;
  // Where each batch has an output of its own there is none for these.
  const runs = new Set(context.elsewhere && known.flatMap((batch) => runOf(batch) ?? []));
  const seen: Batch[] = [];
  const unnamed: string[] = [];
  const notBefore = known.reduce((earliest, { created_at }) => Math.min(earliest, created_at), Infinity);
  for await (const batch of findBatches(api, { notBefore, signal })) {
    if (state.get(batch.id) === undefined && runs.has(runOf(batch) ?? "")) {
      await state.addRoot(batch.id);
      unnamed.push(batch.id);
    }
    if (state.get(batch.id) ?? resentBy(batch)) seen.push(batch);
  }
  if (unnamed.length > 0) context.note(unnamedNote(unnamed));
  await takeBatches(context, seen);
}
