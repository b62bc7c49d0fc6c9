import type { Completion } from "../../../shared/completions/completion.ts";
import type { Fault } from "../../../shared/completions/fault.ts";
import { lastWord, type RetryFault, type Verdict } from "../../../shared/completions/verdict.ts";
import { type AfterFault, afterFault, type EndpointFacts } from "../calling/after-fault.ts";
import { backoffMs } from "../calling/backoff.ts";

/**
 * What follows from a call's end, for its row, its attempt, the tokens that were set aside for it, and its route:
 *
 * | verdict    | the row                              | attempt      | tokens        | the route          |
 * |------------|--------------------------------------|--------------|---------------|--------------------|
 * | `kept`     | is done                              | counts       | as used       | has been answered  |
 * | `not_kept` | comes again later; fails with a      | counts       | as used       | has been answered  |
 * |            | budget or after its last attempt     |              |               |                    |
 * | `wait`     | comes again first                    | is returned  | were refused  | cools down         |
 * | `row`      | fails                                | counts       | are returned  | has been answered  |
 * | `halt`     | comes again first; its job halts     | is returned  | stay spent    | goes on            |
 * |            | comes again later, where the account | is returned, |               | is blamed once     |
 * |            | has answered and is not blamed yet   | or counts    |               | more               |
 * |            | by answer after answer; fails after  | where it may |               |                    |
 * |            | a few attempts that may be its own   | be the row's |               |                    |
 * | `retry`    | comes again later; fails after its   | counts where | stay spent    | may be down        |
 * |            | last attempt; halts its job where    | it was sent  |               |                    |
 * |            | the endpoint was never reached       |              |               |                    |
 */
export interface AfterCall {
  row: RowFate;
  tokens: "used" | "refused" | "returned" | "spent";
  route: "answered" | "refused" | "faulted" | "blamed" | "unknown";
}

export type RowFate =
  | { kind: "done"; completion: Completion }
  | { kind: "failed"; reason: string; message: string }
  /** Before all others of its job; the attempt does not count. */
  | { kind: "first_again" }
  | { kind: "later_again"; waitMs: number; counts: boolean }
  | { kind: "halts"; fault: Fault & { kind: "halt" } };

export interface CallFacts extends EndpointFacts {
  /** Of the row, this one too. */
  attempts: number;
  maxAttempts: number;
  /** The job has a budget, which counts each row once. */
  budgeted: boolean;
  /** Answers that blamed the account since the last good one, without this one. */
  accountFaults: number;
}

/** So many answers without a good one between them tell of the account, whatever the rows are. */
const BLAMED = { row: 16, moment: 5 };
/** After so many, one such answer tells of its row. */
const OF_THE_ROW = 3;

export function afterCall(verdict: Verdict, facts: CallFacts): AfterCall {
  switch (verdict.kind) {
    case "kept":
      return { row: { kind: "done", completion: verdict.completion }, tokens: "used", route: "answered" };
    case "not_kept":
      return { row: afterUnwanted(verdict.fault, facts), tokens: "used", route: "answered" };
    case "wait":
      return { row: { kind: "first_again" }, tokens: "refused", route: "refused" };
    case "row": {
      const { reason, message } = verdict;
      return { row: { kind: "failed", reason, message }, tokens: "returned", route: "answered" };
    }
    case "halt":
      return {
        row: afterBlame(verdict, facts),
        tokens: "spent",
        route: verdict.unless === undefined ? "unknown" : "blamed",
      };
    case "retry":
      return { row: fateOfFault(verdict, facts), tokens: "spent", route: "faulted" };
  }
}

/** Whether the call counts among the row's attempts. */
export function isAttempt(fate: RowFate): boolean {
  if (fate.kind === "later_again") return fate.counts;
  return fate.kind === "done" || fate.kind === "failed";
}

/** A key that has answered is not wrong because one call says so. */
function afterBlame(fault: Fault & { kind: "halt" }, facts: CallFacts): RowFate {
  const { unless, code } = fault;
  const { attempts, hasAnswered, accountFaults } = facts;
  if (unless === undefined || !hasAnswered || accountFaults + 1 >= BLAMED[unless])
    return { kind: "halts", fault };
  const most = Math.min(OF_THE_ROW, facts.maxAttempts);
  if (unless === "row" && attempts >= most)
    return { kind: "failed", reason: code, message: lastWord(fault, attempts) };
  const waitMs = backoffMs(unless === "row" ? attempts : accountFaults + 1, Math.random());
  return { kind: "later_again", waitMs, counts: unless === "row" };
}

/** What was paid once in vain would be paid again, and a budget counts each row once. */
function afterUnwanted(fault: RetryFault, facts: CallFacts): RowFate {
  if (!facts.budgeted) return fateOfFault(fault, { ...facts, hasAnswered: true });
  return { kind: "failed", reason: fault.reason, message: lastWord(fault, facts.attempts) };
}

function fateOfFault(fault: RetryFault, facts: CallFacts): RowFate {
  const next: AfterFault = afterFault(fault, facts.attempts, facts.maxAttempts, facts);
  if (next.kind === "row") return { kind: "failed", reason: next.reason, message: next.message };
  if (next.kind === "halt") return { kind: "halts", fault: next };
  return { kind: "later_again", waitMs: next.waitMs, counts: next.counts };
}
