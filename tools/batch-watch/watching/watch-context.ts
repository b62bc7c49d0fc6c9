import type { Elsewhere } from "../planning/elsewhere.ts";
import type { RebuiltRequest } from "../planning/rebuild-requests.ts";
import type { ResendPolicy } from "../planning/resend-policy.ts";
import type { WatchFiles } from "./watch-files.ts";

/** What every step of a watch works with. */
export interface WatchContext extends WatchFiles {
  policy: ResendPolicy;
  /** Undefined where equal custom_ids of two batches are two requests. */
  elsewhere: Elsewhere | undefined;
  /** How long a batch whose creation was not answered may take to appear in lists. */
  reconcileWaitMs: number;
  /** Request lines made anew from a dataset, for the wanted custom_ids. */
  rebuild?: ((wanted: (customId: string) => boolean) => AsyncIterable<RebuiltRequest>) | undefined;
  /** Why nothing is sent before a person has done something; undefined: there is no reason. */
  hold: { reason: string | undefined };
  /** Told what a person should know, in sentences. */
  note(sentence: string): void;
}
