import { expect, test } from "vitest";
import { RetryableError, TerminalError, UserError } from "../../shared/errors.ts";
import { fateOf } from "../../shared/runtime/pulling/fate.ts";

test.each([
  [new TerminalError("no"), 1, { kind: "dead", reason: "no" }],
  [new TerminalError("no"), 99, { kind: "dead", reason: "no" }],
  [new RetryableError("later", { retryAfterMs: 0 }), 1, { kind: "again", waitMs: 0, bug: false }],
  [new RetryableError("later", { retryAfterMs: 700 }), 50, { kind: "again", waitMs: 700, bug: false }],
  [new Error("bug"), 1, { kind: "again", waitMs: 500, bug: true }],
  [new Error("bug"), 2, { kind: "again", waitMs: 1000, bug: true }],
  [new Error("bug"), 7, { kind: "again", waitMs: 30_000, bug: true }],
  [new Error("bug"), 10_000, { kind: "again", waitMs: 30_000, bug: true }],
  [new UserError("bad"), 1, { kind: "again", waitMs: 500, bug: true }],
  ["thrown text", 1, { kind: "again", waitMs: 500, bug: true }],
])("%s at delivery %i: %o", (error, deliveries, fate) => {
  expect(fateOf(error, deliveries)).toEqual(fate);
});
