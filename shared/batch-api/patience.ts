import { pause } from "../timing/pause.ts";
import { BatchApiError } from "./fault.ts";

export interface PatienceOptions {
  /** Of a call that fails without having been refused for good. */
  attempts: number;
  /** How long a call waits in total while the provider takes none, before it gives up. */
  patienceMs: number;
  onWait?: ((waitMs: number, sentence: string) => void) | undefined;
}

/** Repeats calls, and lets all of them rest while the provider takes none: what one call was told holds for each. */
export interface Patience {
  /** @param repeatable false: a call that may have been carried out is not made again */
  call<Result>(
    act: () => Promise<Result>,
    options: { repeatable: boolean; signal?: AbortSignal | undefined },
  ): Promise<Result>;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

export function openPatience({ attempts, patienceMs, onWait }: PatienceOptions): Patience {
  let restUntilMs = 0;
  /** Refusals since the last call that was taken: without a Retry-After each makes the rest longer. */
  let refusals = 0;

  const rest = (error: BatchApiError, asked: number | null): number => {
    const waitMs = asked ?? Math.min(FIRST_REST_MS * 2 ** refusals, LONGEST_REST_MS);
    refusals += 1;
    restUntilMs = Math.max(restUntilMs, performance.now() + waitMs);
    onWait?.(waitMs, error.message);
    return waitMs;
  };

  return {
    call: async (act, { repeatable, signal }) => {
      let waitedMs = 0;
      for (let attempt = 1; ; ) {
        signal?.throwIfAborted();
        const restMs = restUntilMs - performance.now();
        if (restMs > 0) await pause(jittered(restMs), signal);
        signal?.throwIfAborted();
        try {
          const result = await act();
          refusals = 0;
          return result;
        } catch (error) {
          if (!(error instanceof BatchApiError)) throw error;
          const { fault } = error;
          if (fault.kind === "wait") {
            waitedMs += rest(error, fault.waitMs);
            if (waitedMs > patienceMs) throw error;
          } else {
            const again = fault.kind === "retry" && (repeatable || !fault.uncertain);
            if (!again || attempt === attempts) throw error;
            const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
            await pause(fault.waitMs ?? jittered(backoffMs), signal);
            attempt += 1;
          }
        }
      }
    },
  };
}

/** A little longer, so that many callers do not return in one moment. */
function jittered(ms: number): number {
  return ms * (1 + Math.random() * 0.25);
}
