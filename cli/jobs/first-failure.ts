import { type JobView, listRows } from "../../shared/contracts/jobs-api.ts";
import type { Session } from "./session.ts";

const PATIENCE = { answerMs: 5000, totalMs: 5000 };

/** Why the first failed row of a job has failed, as a courtesy: undefined where none has, or that cannot be had soon. */
export async function firstFailure(session: Session, view: JobView): Promise<string | undefined> {
  if (view.failed === 0) return undefined;
  const question = { job: view.job, failed: true, limit: 1, from: 0 };
  const answer = await session.ask(listRows, question, PATIENCE).catch(() => undefined);
  const first = answer?.rows[0];
  if (first === undefined) return undefined;
  const step = first.step === undefined ? "" : ` of ${first.step}`;
  return `row ${first.row}${step}: ${first.message}`;
}
