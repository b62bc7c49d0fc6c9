import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { JobEntry } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import { checkAnnotator, type SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { fingerprintOf } from "../../shared/datasets/fingerprint.ts";
import { readPreparedDataset } from "../../shared/datasets/prepared-rows.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { log } from "../../shared/runtime/log.ts";
import { ask, NoAnswer } from "../../shared/runtime/requests.ts";
import type { JobMessage } from "../../shared/runtime/submissions.ts";
import { isGranted } from "../../shared/runtime/submit.ts";
import { decideSubmission, type SubmissionFacts } from "./decide-submission.ts";
import { editJob } from "./edit-job.ts";
import { refuseForeignOutput } from "./foreign-output.ts";
import type { Submitted } from "./job-kind.ts";
import { kindNamed } from "./job-kinds.ts";
import { arePartsThere } from "./part-reader.ts";
import type { Shop } from "./shop.ts";

const CHECK_TIMEOUT_MS = 1500;
/** What a message says is kept several times, also where less than the broker's largest message fits. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** Carries out one job message, once however often it is delivered, and says what came of it. */
export async function executeSubmission(
  shop: Shop,
  message: JobMessage,
  onChange: () => void,
): Promise<SubmissionAnswer> {
  try {
    const answer = await execute(shop, message);
    onChange();
    return answer;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log().info({ kind: message.kind, error: error.message }, "a job message was refused");
    return { error: error.message, exitCode: error.exitCode };
  }
}

async function execute(shop: Shop, message: JobMessage): Promise<SubmissionAnswer> {
  const kind = kindNamed(message.kind);
  if (message.body.length > LARGEST_MESSAGE_BYTES) {
    throw new UserError(
      `The message has ${message.body.length} bytes, and a job message may have ${LARGEST_MESSAGE_BYTES}: shorten its texts.`,
    );
  }
  const granted = isGranted(message.body, message.grant, shop.grantKey);
  if (message.grant !== undefined && !granted) {
    throw new UserError(
      "The message's grant is not this installation's: send it from where the system was started.",
    );
  }
  const submitted = await kind.submit(parseJson(message.body), {
    registry: shop.registry,
    roots: shop.roots,
    granted,
  });
  const existing = (await shop.jobs.get(submitted.id))?.value;
  if (existing === undefined) await refuseForeignOutput(submitted);
  else if (existing.submission < message.seq) await refuseChangedDataset(existing, submitted);
  if (existing?.state !== "completed") await refuseWithoutKey(shop, submitted.spec.dispatch.annotator);
  return await apply(shop, message, submitted);
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

async function apply(shop: Shop, message: JobMessage, submitted: Submitted): Promise<SubmissionAnswer> {
  for (;;) {
    const held = await shop.jobs.get(submitted.id);
    const progress = (await shop.progress.get(submitted.id))?.value;
    const decision = decideSubmission({
      submitted,
      existing: held?.value,
      seq: message.seq,
      traceparent: message.traceparent,
      uuid: randomUUID(),
      nowIso: new Date().toISOString(),
      done: progress?.done ?? 0,
      failed: progress?.failed ?? 0,
      outputGone: await outputGone(held?.value, progress),
    });
    if (decision.kind === "refuse") throw new UserError(decision.error);
    if (decision.kind === "keep") return { job: submitted.id, state: held!.value.state, note: decision.note };
    const { entry, note } = decision;
    if (held === undefined) {
      if ((await shop.jobs.create(entry.id, entry)) === undefined) continue;
    } else {
      // Others may have changed the entry since it was read: then the decision is made anew.
      const written = await editJob(shop.broker, shop.jobs, entry.id, (now) =>
        JSON.stringify(now) === JSON.stringify(held.value) ? entry : undefined,
      );
      if (written?.value.submission !== message.seq) continue;
    }
    return { job: entry.id, state: entry.state, note };
  }
}

/** Somebody who has removed an output and starts its job again wants it back. */
async function outputGone(
  job: JobEntry | undefined,
  progress: JobProgress | undefined,
): Promise<SubmissionFacts["outputGone"]> {
  if (job?.state !== "completed" && job?.state !== "completed_with_errors") return false;
  if (existsSync(job.spec.output)) return false;
  return (await arePartsThere(job.spec.workFolder, progress?.parts ?? [])) ? "answers kept" : "answers gone";
}

async function refuseChangedDataset(existing: JobEntry, submitted: Submitted): Promise<void> {
  if (submitted.overwrite) return;
  const before = await readPreparedDataset(existing.spec.workFolder).catch(() => undefined);
  if (before === undefined || submitted.spec.dataset.source.kind === "hub") return;
  const now = await fingerprintOf(submitted.spec.dataset, { before });
  if (now.content.sha256 === before.content.sha256) return;
  throw new UserError(
    `The dataset ${submitted.input} changed since this job was started: restore it, choose another ${submitted.placeFlag}, or --overwrite to make the job anew.`,
  );
}

/** A key that the system has not is said before anything is read; where no dispatcher runs yet, it is said later. */
async function refuseWithoutKey(shop: Shop, annotator: string): Promise<void> {
  try {
    const { fault } = await ask(shop.broker, checkAnnotator, [], { annotator }, CHECK_TIMEOUT_MS);
    if (fault !== null) throw new UserError(fault, { exitCode: EXIT.couldNotRun });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
}
