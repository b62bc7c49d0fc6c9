import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import { ENDED, type JobState } from "../../../shared/contracts/job-entry.ts";

/** How a step of a plan stands. */
export type StepStanding = {
  name: string;
  /** Steps that must have been completed before. */
  after: readonly string[];
} & (
  | { kind: "waiting" }
  /** Its message was refused, or its tool failed; exit code 3 where that may be put right without another message. */
  | { kind: "refused"; message: string; exitCode: 2 | 3 }
  | { kind: "begun"; state: JobState; reason: HaltReason | null }
);

/** What the owner of a plan does next. */
export type PlanMove =
  | { kind: "begin"; steps: string[] }
  | { kind: "wait" }
  | {
      kind: "end";
      state: "completed" | "completed_with_errors" | "paused" | "failed";
      reason: HaltReason | null;
    };

/**
 * Decides; everything that it needs to know is an argument. A step that fails or pauses holds up those alone that read what
 * it writes, rows that failed hold up none, and the plan ends when nothing more happens by itself, with what its steps have
 * come to together: steps beside each other are worth something each, of a chain a step that is lacking is lacking.
 */
export function nextOfPlan(steps: readonly StepStanding[]): PlanMove {
  const good = new Set(steps.filter(isGood).map(({ name }) => name));
  const waiting = steps.filter(({ kind }) => kind === "waiting");
  const ready = waiting.filter(({ after }) => after.every((name) => good.has(name)));
  if (ready.length > 0) return { kind: "begin", steps: ready.map(({ name }) => name) };
  if (steps.some((step) => step.kind === "begun" && isActive(step.state))) return { kind: "wait" };
  const troubles = steps.flatMap(troubleOf);
  const reason = reasonOf(troubles);
  if (troubles.some(({ resumable }) => resumable)) return { kind: "end", state: "paused", reason };
  if (steps.every((step) => step.kind === "begun" && step.state === "completed"))
    return { kind: "end", state: "completed", reason: null };
  const isChain = steps.some(({ after }) => after.length > 0);
  const partly = good.size === steps.length || (good.size > 0 && !isChain);
  return { kind: "end", state: partly ? "completed_with_errors" : "failed", reason };
}

interface Trouble {
  /** It waits for something to be put right, and can then be resumed. */
  resumable: boolean;
  code: string;
  message: string;
}

function isGood(step: StepStanding): boolean {
  return step.kind === "begun" && (step.state === "completed" || step.state === "completed_with_errors");
}

function isActive(state: JobState): boolean {
  return !ENDED.has(state) && state !== "paused";
}

function troubleOf(step: StepStanding): Trouble[] {
  const { name } = step;
  if (step.kind === "waiting") return [];
  if (step.kind === "refused") {
    const resumable = step.exitCode === 3;
    const code = resumable ? "unavailable" : "bad_input";
    return [{ resumable, code, message: `${name} was refused: ${step.message}` }];
  }
  const { state, reason } = step;
  if (state !== "paused" && state !== "failed" && state !== "cancelled") return [];
  const why = reason === null ? "." : `: ${reason.message}`;
  const verb = state === "failed" ? "failed" : state === "paused" ? "is paused" : "was cancelled";
  const code = reason?.code ?? state;
  return [{ resumable: state === "paused", code, message: `${name} ${verb}${why}` }];
}

/** What can be resumed comes first: the code tells what kind of thing is to be put right. */
function reasonOf(troubles: Trouble[]): HaltReason | null {
  const [first] = troubles.toSorted((a, b) => Number(b.resumable) - Number(a.resumable));
  if (first === undefined) return null;
  return { code: first.code, message: troubles.map(({ message }) => message).join(" ") };
}
