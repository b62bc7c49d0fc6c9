import { createHash } from "node:crypto";
import { basename } from "node:path";
import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";
import type { WrittenFile } from "../../batch-files/split-output.ts";
import type { BatchRecord, ResentPart, WatchState } from "../watching/watch-state.ts";
import type { PlannedRest } from "./plan-rest.ts";

/** Where the requests go that are sent again for a batch. */
export const restFile = (state: WatchState, { id }: BatchRecord) => state.at(`${id}.resent.jsonl`);

/** Name of the file of those requests of a batch of which the provider's files say nothing. */
export const unansweredFile = ({ id }: BatchRecord) => `${id}.unanswered.jsonl`;

/** Stores what is to become of a batch: durable when it resolves. */
export async function savePlan(
  state: WatchState,
  record: BatchRecord,
  { files, unanswered, heldBack }: PlannedRest,
): Promise<void> {
  const name = unansweredFile(record);
  const results = record.results!.filter((one) => one !== name);
  const parts = await Promise.all(files.map(partOf));
  await state.save({
    ...record,
    results: unanswered ? [...results, name] : results,
    parts: parts.map((part, number) => adopted(part, number, record, state)),
    heldBack,
  });
}

async function partOf({ path, requests }: WrittenFile): Promise<ResentPart> {
  const digest = createHash("sha256");
  for await (const chunk of fileBytes(path, "none")) digest.update(chunk);
  const none = { fileId: null, uploadedAt: null, intendedMs: null, child: null };
  return { file: basename(path), requests, sha256: digest.digest("hex"), ...none };
}

/** Its batch may be known from the provider's list, where an earlier start made it and its notes are lost. */
export function adopted(
  part: ResentPart,
  number: number,
  { id }: BatchRecord,
  state: WatchState,
): ResentPart {
  const child = state.childOf(id, number);
  return child ? { ...part, child: child.id } : part;
}
