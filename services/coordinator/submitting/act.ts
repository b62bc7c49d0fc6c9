import type { JobEntry, PlanMark } from "../../../shared/contracts/job-entry.ts";

/** What submits a job: a message, by its sequence in the JOBS stream, or the owner of a plan. */
export type Act = { seq: number } | { mark: PlanMark };

/** What a job's entry keeps of the acts by which it was submitted. */
export type Origin = Pick<JobEntry, "submission" | "parent">;

/** Whether the entry has come from this act, or from a later one of the same origin: an act is applied once. */
export function isApplied(existing: Origin, act: Act): boolean {
  if ("seq" in act) return existing.submission >= act.seq;
  const { parent } = existing;
  const { plan, submission, run } = act.mark;
  if (parent === null || parent.plan !== plan) return false;
  return parent.submission > submission || (parent.submission === submission && parent.run >= run);
}

/** The origin of an entry that the act has made or changed. */
export function originAfter(act: Act, existing: Origin | undefined): Origin {
  if ("seq" in act) return { submission: act.seq, parent: existing?.parent ?? null };
  return { submission: existing?.submission ?? 0, parent: act.mark };
}
