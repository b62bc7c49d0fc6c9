import type { Batch } from "../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { RebuiltRequest } from "./rebuild-requests.ts";
import type { ResendPolicy } from "./resend-policy.ts";
import type { WatchState } from "./watch-state.ts";

/** What every step of a watch works with. */
export interface WatchContext {
  api: BatchApi;
  state: WatchState;
  /** What was seen of watched batches last, by id. */
  latest: Map<string, Batch>;
  policy: ResendPolicy;
  /** Undefined where equal custom_ids of two batches are two requests. */
  elsewhere: Elsewhere | undefined;
  /** How long a batch whose creation was not answered may take to appear in lists. */
  reconcileWaitMs: number;
  /** Files on this disk that were uploaded for some of the given batches, by batch. */
  uploaded: ReadonlyMap<string, string>;
  /** Request lines made anew from a dataset, for the wanted custom_ids. */
  rebuild?: ((wanted: (customId: string) => boolean) => AsyncIterable<RebuiltRequest>) | undefined;
  /** Why nothing is sent before a person has done something; undefined: there is no reason. */
  hold: { reason: string | undefined };
  /** Told what a person should know, in sentences. */
  note(sentence: string): void;
  signal?: AbortSignal | undefined;
}
