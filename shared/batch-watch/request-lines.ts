import { stat } from "node:fs/promises";
import type { BatchApi } from "../batch-api/batch-api.ts";
import { isUnknown } from "../batch-api/fault.ts";
import { fetchFile } from "../batch-files/fetch-file.ts";
import type { RequestText } from "./plan-rest.ts";
import { storedLines } from "./stored-lines.ts";
import type { BatchRecord, WatchState } from "./watch-state.ts";

/**
 * The file on this disk that holds a batch's requests: what was sent for it from here, else the provider's copy, else
 * the file that was once uploaded. Undefined where there is none any more.
 */
export async function requestFileOf(
  api: BatchApi,
  state: WatchState,
  record: BatchRecord,
  uploaded: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const own = ownFile(state, record);
  if (own !== undefined && (await isFile(own))) return own;
  const id = record.ended!.input_file_id;
  const path = state.at(`${id}.requests.jsonl`);
  if (await isFile(path)) return path;
  try {
    const wanted = { id, path, lines: null, kind: "requests" } as const;
    await using fetched = await fetchFile(api, wanted, signal);
    await fetched.commit();
    return path;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return uploaded !== undefined && (await isFile(uploaded)) ? uploaded : undefined;
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
