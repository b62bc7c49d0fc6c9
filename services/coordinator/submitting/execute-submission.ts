import type { SubmissionAnswer } from "../../../shared/contracts/jobs-api.ts";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { JobMessage } from "../../../shared/runtime/pulling/submissions.ts";
import { isGranted } from "../../../shared/runtime/submit.ts";
import type { CoordinatorContext } from "../context.ts";
import { kindNamed, resolveMessage } from "../kinds/job-kinds.ts";
import { applyPlan } from "./apply-plan.ts";
import { applySubmission } from "./apply-submission.ts";

/** What a message says is kept several times, also where less than the broker's largest message fits. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** Carries out one job message, once however often it is delivered, and says what came of it. */
export async function executeSubmission(
  context: CoordinatorContext,
  message: JobMessage,
  onChange: () => void,
): Promise<SubmissionAnswer> {
  try {
    const answer = await execute(context, message);
    onChange();
    return answer;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log().info({ kind: message.kind, error: error.message }, "a job message was refused");
    return { error: error.message, exitCode: error.exitCode };
  }
}

async function execute(context: CoordinatorContext, message: JobMessage): Promise<SubmissionAnswer> {
  kindNamed(message.kind);
  if (message.body.length > LARGEST_MESSAGE_BYTES) {
    throw new UserError(
      `The message has ${message.body.length} bytes, and a job message may have ${LARGEST_MESSAGE_BYTES}: shorten its texts.`,
    );
  }
  const granted = isGranted(message.body, message.grant, context.grantKey);
  if (message.grant !== undefined && !granted) {
    throw new UserError(
      "The message's grant is not this installation's: send it from where the system was started.",
    );
  }
  const submitted = await resolveMessage(message.kind, parseJson(message.body), {
    registry: context.registry,
    roots: context.roots,
    granted,
  });
  const applying = { act: { seq: message.seq }, traceparent: message.traceparent };
  return "plan" in submitted
    ? await applyPlan(context, submitted, applying)
    : await applySubmission(context, submitted, applying);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new UserError(`The message is not JSON (${messageOf(cause)}): send one JSON object in UTF-8.`, {
      cause,
    });
  }
}
