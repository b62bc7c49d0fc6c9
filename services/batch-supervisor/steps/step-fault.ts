import { BatchApiError, type BatchFault } from "../../../shared/batch-api/fault.ts";
import { afterUnseenFile } from "../../../shared/batch-policy/unseen-file.ts";
import { haltReason } from "../../../shared/completions/halt-message.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf, RetryableError } from "../../../shared/errors.ts";
import { askToHalt } from "../../../shared/runtime/halting.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Step } from "../choosing/next-step.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";
import { ResultsMissing } from "../collecting/results-missing.ts";
import { LeaseLost, type RouteContext } from "../routes/route-context.ts";

/** What a step that failed leads to. */
export interface StepFault {
  /** The step may be taken again after so long. */
  waitMs: number;
  /** For a person; undefined where it is no one's affair. */
  sentence: string | undefined;
  halt: HaltFault | undefined;
  /** The provider has lost the file: the send is uploaded anew. */
  newUpload?: boolean;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
/** Refusals for want of room in a row. */
const MOST_NO_ROOM = 64;
/** A job that is being halted is not worked on meanwhile. */
const HALT_WAIT_MS = 5_000;

/** For how long the results of a send's batch have been missing, and how long that may be. */
export interface Missing {
  sinceMs: number;
  mostMs: number;
}

const NOT_MISSING: Missing = { sinceMs: 0, mostMs: Number.POSITIVE_INFINITY };

/** @param failures of this step in a row, this one included */
export function stepFault(error: unknown, step: Step, failures: number, missing = NOT_MISSING): StepFault {
  const grown = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10), LONGEST_WAIT_MS);
  if (error instanceof LeaseLost) return { waitMs: grown, sentence: undefined, halt: undefined };
  if (error instanceof RetryableError)
    return { waitMs: Math.max(error.retryAfterMs, grown), sentence: error.message, halt: undefined };
  if (error instanceof ResultsMissing) return resultsFault(error, grown, missing);
  if (error instanceof BatchApiError) return providerFault(error, error.fault, step, { grown, failures });
  log().error({ err: error }, "a step of a batch failed");
  return { waitMs: grown, sentence: messageOf(error), halt: undefined };
}

function providerFault(
  { message }: BatchApiError,
  fault: BatchFault,
  step: Step,
  { grown, failures }: { grown: number; failures: number },
): StepFault {
  if (fault.kind === "no_permission") {
    const halt: HaltFault = { kind: "halt", state: "paused", code: fault.code, message };
    return { waitMs: HALT_WAIT_MS, sentence: message, halt };
  }
  if (fault.kind === "not_ready") return unseenFile(message, failures);
  if (fault.kind === "no_room") return noRoomFault(message, grown, failures);
  if (fault.kind === "permanent" && fault.status !== 404 && (step === "upload" || step === "create")) {
    const halt: HaltFault = { kind: "halt", state: "failed", code: "batch_refused", message };
    return { waitMs: HALT_WAIT_MS, sentence: message, halt };
  }
  const asked = fault.kind === "wait" || fault.kind === "retry" ? (fault.waitMs ?? 0) : 0;
  return { waitMs: Math.max(asked, grown), sentence: message, halt: undefined };
}

/** Looked for after growing waits; then a person is told, and it is looked for all the same. */
function resultsFault(
  { message, batch }: ResultsMissing,
  grown: number,
  { sinceMs, mostMs }: Missing,
): StepFault {
  const isLong = sinceMs >= mostMs;
  const halt: HaltFault = { kind: "halt", state: "paused", code: "results_missing", message };
  const sentence = `${message} It is looked at again: what it answered is paid, and is not sent a second time.`;
  log().warn(
    { batch: batch.id, missingMs: Math.round(sinceMs) },
    "the results of a batch cannot be read yet",
  );
  return { waitMs: grown, sentence, halt: isLong ? halt : undefined };
}

function unseenFile(message: string, failures: number): StepFault {
  const { waitMs, next } = afterUnseenFile(failures);
  if (next !== "give_up")
    return { waitMs, sentence: message, halt: undefined, newUpload: next === "new_upload" };
  const halt: HaltFault = { kind: "halt", state: "paused", code: "file_unseen", message };
  return { waitMs: HALT_WAIT_MS, sentence: message, halt, newUpload: true };
}

/** What keeps others out may be batches of this very job, which end; after an hour or so a person should look. */
function noRoomFault(message: string, grown: number, failures: number): StepFault {
  if (failures < MOST_NO_ROOM) return { waitMs: grown, sentence: message, halt: undefined };
  const halt: HaltFault = { kind: "halt", state: "paused", code: "no_room", message };
  return { waitMs: HALT_WAIT_MS, sentence: message, halt };
}

/**
 * Has the job paused or failed with the provider's words and the way out; resolves when a coordinator has done so.
 * @param secrets never shown, whatever the provider repeats of them
 */
export async function haltJob(
  { broker, registry, signal }: RouteContext,
  { id, run, spec }: RequestJob,
  secrets: Iterable<string>,
  fault: HaltFault,
): Promise<void> {
  const { annotator } = spec.dispatch;
  const keyVariable = keyVariableOf(registry, annotator);
  const reason = haltReason(fault, { id, annotator, keyVariable }, secrets);
  await askToHalt(broker, { job: id, run, state: fault.state, reason }, signal);
}

function keyVariableOf(registry: RouteContext["registry"], annotator: string): string | null {
  try {
    return registry.resolve(annotator).keyVariable;
  } catch {
    // It is not known here: that is why the job halts.
    return null;
  }
}
