import type { SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import { pause } from "../../shared/timing/pause.ts";
import type { JobToRun } from "./job-to-run.ts";
import type { Session } from "./session.ts";

const SUBMIT_MS = 30_000;

/** Publishes the job's message and waits for the answer. @throws UserError when it is refused, or nobody answers */
export async function submit(
  session: Session,
  { kind, message }: Pick<JobToRun, "kind" | "message">,
): Promise<Exclude<SubmissionAnswer, { error: string }>> {
  const options = {
    timeoutMs: SUBMIT_MS,
    ...(session.grantKey === undefined ? {} : { grantKey: session.grantKey }),
  };
  const giveUpAt = performance.now() + SUBMIT_MS;
  for (;;) {
    try {
      const answer = await submitJob(session.broker, kind, message, options);
      if ("error" in answer) throw new UserError(answer.error, { exitCode: answer.exitCode });
      return answer;
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      // Where nobody listens, nothing was kept: the system is just starting.
      const nobody = /no responders/i.test(`${messageOf(cause)} ${messageOf((cause as Error).cause)}`);
      if (nobody && performance.now() < giveUpAt) await pause(200);
      else throw unanswered(nobody, cause);
    }
  }
}

function unanswered(nobody: boolean, cause: unknown): UserError {
  const sentence = nobody
    ? "No coordinator runs, so that the job was not taken: see `assay status`, and start again."
    : "No coordinator answered within 30 s: the job is kept and taken up when one runs, see `assay status` and `assay jobs`.";
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}
