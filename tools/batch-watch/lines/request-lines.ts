import { stat } from "node:fs/promises";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { fetchFile } from "../../batch-files/fetch-file.ts";
import type { RequestText } from "../planning/plan-rest.ts";
import type { WatchFiles } from "../watching/watch-files.ts";
import type { BatchRecord, WatchState } from "../watching/watch-state.ts";
import { storedLines } from "./stored-lines.ts";

/**
 * The file on this disk that holds a batch's requests: what was sent for it from here, else the provider's copy, else
 * the file that was once uploaded. Undefined where there is none any more.
 */
export async function requestFileOf(
  { api, state, latest, uploaded, signal }: WatchFiles,
  record: BatchRecord,
): Promise<string | undefined> {
  const own = ownFile(state, record);
  if (own !== undefined && (await isFile(own))) return own;
  const id = (latest.get(record.id) ?? record.ended)?.input_file_id;
  if (id === undefined) return undefined;
  const path = state.at(`${id}.requests.jsonl`);
  if (await isFile(path)) return path;
  try {
    await using fetched = await fetchFile(api, { id, path, lines: null, kind: "requests" }, signal);
    await fetched.commit();
    return path;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const here = uploaded.get(record.id);
    return here !== undefined && (await isFile(here)) ? here : undefined;
  }
}

/** The lines of a request file with their numbers, blank ones left out. */
export async function* requestLines(path: string): AsyncGenerator<RequestText> {
  for await (const lines of storedLines(path)) yield* lines;
}

function ownFile(state: WatchState, { parent, part }: BatchRecord): string | undefined {
  const origin = parent === null ? undefined : state.get(parent);
  const sent = origin?.parts?.[part];
  if (origin === undefined || sent === undefined) return undefined;
  return sent.file === null ? ownFile(state, origin) : state.at(sent.file);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
