import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { fetchFile } from "../../batch-files/fetch-file.ts";
import type { BatchRecord, WatchState } from "./watch-state.ts";

/**
 * Fetches the result files of a batch that has ended into the folder. @returns its record, saved
 * @throws BatchApiError, UserError
 */
export async function collectBatch(
  api: BatchApi,
  state: WatchState,
  record: BatchRecord,
  signal?: AbortSignal,
): Promise<BatchRecord> {
  const batch = record.ended!;
  let answersGone = false;
  const results: string[] = [];
  for (const kind of ["output", "error"] as const) {
    const id = kind === "output" ? batch.output_file_id : batch.error_file_id;
    if (!id) continue;
    const name = `${record.id}.${kind}.jsonl`;
    const lines = kind === "output" ? answeredOf(batch) : null;
    try {
      await using fetched = await fetchFile(
        api,
        { id, path: state.at(name), lines, kind: "results" },
        signal,
      );
      await fetched.commit();
      results.push(name);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      answersGone ||= kind === "output";
    }
  }
  return await state.save({ ...record, results, answersGone });
}

const answeredOf = (batch: Batch) => batch.request_counts?.completed ?? null;
