import type { Batch } from "../../../shared/batch-api/batch.ts";
import { BatchApiError } from "../../../shared/batch-api/fault.ts";
import { messageOf } from "../../../shared/errors.ts";
import { pause } from "../../../shared/timing/pause.ts";
import { Elsewhere } from "../planning/elsewhere.ts";
import { sendParts } from "../sending/send-parts.ts";
import { TokenGate } from "../sending/token-gate.ts";
import { goesOn } from "./goes-on.ts";
import { isThrough } from "./is-through.ts";
import { lookRound } from "./look-round.ts";
import { settleBatches } from "./settle-batches.ts";
import type { WatchContext } from "./watch-context.ts";

/*
 * A watch goes round: it looks at the open batches, collects those that have ended, plans what of them is sent again, and
 * sends it, oldest first. Each step notes what it did before the next one begins, so that it can be broken off anywhere.
 * The states of a batch are what its record holds (watch-state.ts):
 *
 * | a batch | becomes | by |
 * |---|---|---|
 * | is open: `ended` is null | unknown | the provider does not know its id: it is done with |
 * | is open | ended | a look shows it at its end (look-round.ts, take-batches.ts) |
 * | has ended: `results` is null | collected | its files are here (collect-batch.ts) |
 * | is collected: `parts` is null | planned | what it left is written to parts, of which there may be none (settle-batches.ts) |
 * | is planned: a part has no `child` | sent | a part became a batch, which is open (sending/send-parts.ts) |
 * | is planned, all parts sent | through | all batches are through: the watch is over (is-through.ts) |
 */

export interface WatchOptions extends Omit<WatchContext, "latest" | "elsewhere" | "hold"> {
  /** Equal custom_ids of two batches are one request: it is not sent again where another batch takes care of it. */
  merged: boolean;
  pollMs: number;
  /** After each round. */
  onRound(latest: WatchContext["latest"]): void;
}

const LONGEST_REST_MS = 600_000;

/** Resolves when every batch has ended and nothing is left to send. @throws BatchApiError, UserError; the signal's reason */
export async function watchBatches(options: WatchOptions): Promise<void> {
  const { state, signal, pollMs, note } = options;
  const context = {
    ...options,
    latest: new Map<string, Batch>(),
    hold: { reason: undefined as string | undefined },
    elsewhere: options.merged ? new Elsewhere() : undefined,
  };
  const gate = new TokenGate(pollMs, Math.max(pollMs, LONGEST_REST_MS));
  let failures = 0;
  let revision = 0;
  for (let first = true; ; ) {
    signal?.throwIfAborted();
    try {
      await lookRound(context, gate, first);
      first = false;
      await settleBatches(context);
      await sendParts(context, gate);
      options.onRound(context.latest);
      if (state.all().every((record) => isThrough(record, context.hold.reason !== undefined))) return;
      failures = 0;
      await pause(jittered(pollMs), signal);
    } catch (error) {
      // Who gets on, if slowly, need not wait longer and longer.
      if (state.revision > revision) failures = 0;
      revision = state.revision;
      if (!goesOn(error, failures)) throw error;
      if (error instanceof BatchApiError && error.fault.kind === "no_room") gate.refused(Date.now());
      const restMs = Math.min(pollMs * 2 ** failures++, Math.max(pollMs, LONGEST_REST_MS));
      note(`${messageOf(error)} The watch goes on in ${(restMs / 1000).toFixed(restMs < 10_000 ? 1 : 0)} s.`);
      await pause(jittered(restMs), signal);
    }
  }
}

function jittered(ms: number): number {
  return ms * (0.9 + Math.random() * 0.2);
}
