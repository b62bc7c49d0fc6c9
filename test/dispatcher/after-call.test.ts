import { expect, test } from "vitest";
import { afterCall, type CallFacts, isAttempt } from "../../services/dispatcher/routes/after-call.ts";
import type { Completion } from "../../shared/completions/completion.ts";
import type { Verdict } from "../../shared/completions/verdict.ts";

const completion = { choices: [], promptTokens: 3, completionTokens: 4 } as unknown as Completion;
const fault = { kind: "retry", reason: "http_503", message: "It is away.", waitMs: null } as const;
const unwanted = { ...fault, reason: "finish_reason" } as const;
const refused = { kind: "connection_refused" };
const verdicts = {
  kept: { kind: "kept", completion },
  not_kept: { kind: "not_kept", completion, fault: unwanted },
  wait: { kind: "wait", waitMs: 20, limit: null, message: "Slow down." },
  row: { kind: "row", reason: "invalid_prompt", message: "No." },
  forbidden: { kind: "halt", state: "paused", code: "authentication", message: "Flagged.", unless: "row" },
  unauthorized: { kind: "halt", state: "paused", code: "authentication", message: "Who?", unless: "moment" },
  halt: { kind: "halt", state: "paused", code: "quota", message: "Pay." },
  retry: fault,
  unsent: { ...fault, reason: refused.kind },
} satisfies Record<string, Verdict>;

const first: CallFacts = {
  attempts: 1,
  maxAttempts: 5,
  budgeted: false,
  hasAnswered: true,
  accountFaults: 0,
  outageMs: 0,
};
const last = { ...first, attempts: 5 };

test.each([
  ["kept", first, "done", true, "used", "answered"],
  ["not_kept", first, "later_again", true, "used", "answered"],
  ["not_kept", last, "failed", true, "used", "answered"],
  ["not_kept", { ...first, budgeted: true }, "failed", true, "used", "answered"],
  ["wait", first, "first_again", false, "refused", "refused"],
  ["wait", last, "first_again", false, "refused", "refused"],
  ["row", first, "failed", true, "returned", "answered"],
  ["halt", last, "halts", false, "spent", "unknown"],
  ["forbidden", { ...first, hasAnswered: false }, "halts", false, "spent", "blamed"],
  ["forbidden", first, "later_again", true, "spent", "blamed"],
  ["forbidden", { ...first, attempts: 3 }, "failed", true, "spent", "blamed"],
  ["forbidden", { ...first, maxAttempts: 1 }, "failed", true, "spent", "blamed"],
  ["forbidden", { ...first, accountFaults: 14 }, "later_again", true, "spent", "blamed"],
  ["forbidden", { ...first, attempts: 3, accountFaults: 15 }, "halts", false, "spent", "blamed"],
  ["unauthorized", { ...first, hasAnswered: false }, "halts", false, "spent", "blamed"],
  ["unauthorized", last, "later_again", false, "spent", "blamed"],
  ["unauthorized", { ...first, accountFaults: 4 }, "halts", false, "spent", "blamed"],
  ["retry", first, "later_again", true, "spent", "faulted"],
  ["retry", last, "failed", true, "spent", "faulted"],
  ["retry", { ...last, outageMs: 1 }, "later_again", false, "spent", "faulted"],
  ["retry", { ...last, outageMs: 1, hasAnswered: false }, "later_again", false, "spent", "faulted"],
  ["retry", { ...last, outageMs: 300_000 }, "failed", true, "spent", "faulted"],
  ["unsent", last, "later_again", false, "spent", "faulted"],
  ["unsent", { ...last, hasAnswered: false }, "halts", false, "spent", "faulted"],
] as const)(
  "a call that ends in %s (%o): its row %s, an attempt %s, its tokens %s, its route %s",
  (...line) => {
    const [name, facts, row, attempt, tokens, route] = line;
    const after = afterCall(verdicts[name], facts);
    expect([after.row.kind, isAttempt(after.row), after.tokens, after.route]).toEqual([
      row,
      attempt,
      tokens,
      route,
    ]);
  },
);

test("a row that fails says why, and after how many attempts", () => {
  expect(afterCall(verdicts.row, first).row).toMatchObject({ reason: "invalid_prompt", message: "No." });
  const { row } = afterCall(verdicts.retry, last);
  expect(row).toMatchObject({ reason: "http_503", message: expect.stringContaining("last of 5 attempts") });
});
