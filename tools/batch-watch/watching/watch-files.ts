import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import type { WatchState } from "./watch-state.ts";

/** Where the requests and results of watched batches are. */
export interface WatchFiles {
  api: BatchApi;
  state: WatchState;
  /** What was seen of watched batches last, by id. */
  latest: Map<string, Batch>;
  /** Files on this disk that were uploaded for some of the given batches, by batch. */
  uploaded: ReadonlyMap<string, string>;
  signal?: AbortSignal | undefined;
}
