import { stat } from "node:fs/promises";
import type { Batch } from "../../../shared/batch-api/batch.ts";
import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";
import { resentMetadata } from "../watching/resent-batch.ts";
import type { WatchContext } from "../watching/watch-context.ts";
import { childRecord, type ResentPart, type WatchState } from "../watching/watch-state.ts";
import { createIntended } from "./create-intended.ts";

/**
 * Uploads a part of a batch's requests and creates a batch of it: once, whatever is killed meanwhile.
 * @throws BatchApiError; what was done until then is noted
 */
export async function sendPart(context: WatchContext, parentId: string, number: number): Promise<Batch> {
  const { api, state, signal } = context;
  const parent = () => state.get(parentId)!;
  const part = () => parent().parts![number]!;
  const change = (changes: Partial<ResentPart>) => changePart(state, parentId, number, changes);
  if (part().fileId === null) {
    const { id, created_at } = await upload(context, part());
    await change({ fileId: id, uploadedAt: created_at });
  }
  const { fileId, uploadedAt, intendedMs, sha256 } = part();
  const batch = await createIntended(api, {
    batch: {
      input_file_id: fileId!,
      endpoint: parent().ended!.endpoint,
      metadata: resentMetadata(parentId, number, sha256),
    },
    notBefore: uploadedAt,
    intendedMs,
    note: (atMs) => change({ intendedMs: atMs }),
    reconcileWaitMs: context.reconcileWaitMs,
    signal,
  });
  await state.save(childRecord(parent(), number, batch.id, false));
  await noteChild(state, parentId, number, batch.id);
  return batch;
}

/** The part is in that batch: it is not sent any more. */
export async function noteChild(
  state: WatchState,
  parentId: string,
  number: number,
  child: string,
): Promise<void> {
  await changePart(state, parentId, number, { child });
}

async function upload({ api, state, signal }: WatchContext, { file }: ResentPart) {
  const path = state.at(file!);
  const { size } = await stat(path);
  return await api.uploadFile(
    { name: file!, bytes: size, content: () => fileBytes(path, "none") },
    { signal },
  );
}

async function changePart(
  state: WatchState,
  parentId: string,
  number: number,
  changes: Partial<ResentPart>,
): Promise<void> {
  const parent = state.get(parentId)!;
  const parts = parent.parts!.map((part, place) => (place === number ? { ...part, ...changes } : part));
  await state.save({ ...parent, parts });
}
