import { isHeldOut } from "../../../shared/batch-policy/failed-batch.ts";
import { jobOf } from "../planning/resend-policy.ts";
import type { TokenGate } from "../sending/token-gate.ts";
import { adoptOlder } from "./adopt-batches.ts";
import { lookAtBatches } from "./look-at-batches.ts";
import { takeBatches } from "./take-batches.ts";
import type { WatchContext } from "./watch-context.ts";
import { unknownNote, waitNote } from "./watch-notes.ts";

/** Sees how far the open batches are, notes those that have ended, and tells the gate what that says of the key's tokens. */
export async function lookRound(context: WatchContext, gate: TokenGate, first: boolean): Promise<void> {
  const { api, state, latest, signal, note } = context;
  const open = state.all().filter(({ ended, unknown }) => ended === null && !unknown);
  const { seen, unknown } = await lookAtBatches(
    api,
    open.map(({ id }) => id),
    signal,
  );
  const before = new Map(latest);
  const ended = await takeBatches(context, seen);
  if (unknown.length > 0) note(unknownNote(unknown));
  for (const id of unknown) await state.save({ ...state.get(id)!, unknown: true });
  if (first) {
    await adoptOlder(context);
    noteJobs(context);
  }
  for (const batch of ended) {
    if (!isHeldOut(batch)) gate.roomMade();
    else {
      if (!gate.isClosed) note(waitNote(batch));
      gate.refused(Date.now());
    }
  }
  const accepted = seen.some(
    ({ id, status }) => before.get(id)?.status === "validating" && status === "in_progress",
  );
  if (accepted) gate.accepted();
}

/** What belongs to a job is sent again by its own supervisor, which knows nothing of this watch. */
function noteJobs({ state, latest, policy, note }: WatchContext): void {
  const jobs = state.all().flatMap(({ id, ended }) => jobOf(latest.get(id) ?? ended ?? {}) ?? []);
  if (jobs.length === 0 || policy.ofJobs) return;
  note(
    `${jobs.length} of these batches belong to the job ${jobs[0]} of an Assay system, which sends again by itself what they leave, so that nothing of them is sent from here: if that system is gone for good, give --resubmit expired,cancelled,failed,errors.`,
  );
}
