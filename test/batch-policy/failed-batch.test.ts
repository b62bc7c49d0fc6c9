import { expect, test } from "vitest";
import { enqueuedLimitIn } from "../../shared/batch-policy/enqueued-limit.ts";
import {
  enqueuedLimitOf,
  isHeldOut,
  isHopeless,
  namesNoModel,
  needsPerson,
  refusalOf,
  wasNoAttempt,
} from "../../shared/batch-policy/failed-batch.ts";
import { afterUnseenFile } from "../../shared/batch-policy/unseen-file.ts";

type Error = { code?: string | null; message?: string | null; line?: number | null };
const failed = (...data: Error[]) => ({ status: "failed", errors: { data } });
const TOKENS = { code: "token_limit_exceeded", message: "Limit: 90,000 enqueued tokens." };

test.each([
  ["Limit: 90,000 enqueued tokens. Please wait.", 90_000],
  ["Enqueued token limit reached for m. Limit: 100 enqueued tokens", 100],
  ["surpassed the configured limit of 100. Work is still being processed.", 100],
  ["limit 1_000_000", 1_000_000],
  ["LIMIT: 90 000.", 90_000],
  ["The limit is reached.", null],
  ["Limit: 0", null],
  ["", null],
])("the limit that %j names", (message, limit) => {
  expect(enqueuedLimitIn(message)).toBe(limit);
});

test("a batch that did not fail was refused for nothing; one that failed without a word may fare better", () => {
  expect(refusalOf({ status: "completed", errors: { data: [TOKENS] } })).toBeUndefined();
  expect(refusalOf({ status: "failed", errors: null })).toBe("passing");
  expect(refusalOf(failed())).toBe("passing");
});

test("what is said of single lines is not said of the batch", () => {
  const line = { code: "invalid_json_line", message: "No JSON.", line: 3 };
  expect([refusalOf(failed(line)), isHopeless(failed(line))]).toEqual(["passing", false]);
  expect(isHopeless(failed(line, { code: "invalid_model" }))).toBe(true);
});

test("that there is no such model is said of all, also where it is said of a line", () => {
  const line = { code: "model_not_found", line: 1 };
  expect([namesNoModel(failed(line)), isHopeless(failed(line))]).toEqual([true, false]);
  expect(namesNoModel(failed({ code: "empty_file" }))).toBe(false);
  expect(namesNoModel({ ...failed(line), status: "cancelled" })).toBe(false);
});

test("of several reasons what waits comes before what a person must do, and that before what never passes", () => {
  const errors = [
    { code: "x" },
    { code: "empty_file" },
    { code: "model_not_found" },
    { code: "unauthorized" },
  ];
  expect(refusalOf(failed(...errors))).toBe("key");
  expect(refusalOf(failed(...errors, { code: "billing_hard_limit_reached" }))).toBe("quota");
  expect(refusalOf(failed(...errors, { code: "too_many_batches" }))).toBe("no_room");
  expect(refusalOf(failed(...errors, { code: "too_many_batches" }, TOKENS))).toBe("no_tokens");
  expect(refusalOf(failed(...errors.slice(0, 3)))).toBe("model");
  expect(refusalOf(failed(...errors.slice(0, 2)))).toBe("hopeless");
});

test.each([
  ["token_limit_exceeded", { held: true, person: undefined, hopeless: false, noAttempt: true }],
  ["too_many_batches", { held: true, person: undefined, hopeless: false, noAttempt: true }],
  ["billing_hard_limit_reached", { held: false, person: "quota", hopeless: false, noAttempt: true }],
  ["unauthorized", { held: false, person: "key", hopeless: false, noAttempt: true }],
  ["model_not_found", { held: false, person: undefined, hopeless: true, noAttempt: false }],
  ["empty_file", { held: false, person: undefined, hopeless: true, noAttempt: false }],
  ["server_error", { held: false, person: undefined, hopeless: false, noAttempt: false }],
])("what %s leads to", (code, expected) => {
  const batch = failed({ code });
  expect({
    held: isHeldOut(batch),
    person: needsPerson(batch),
    hopeless: isHopeless(batch),
    noAttempt: wasNoAttempt(batch),
  }).toEqual(expected);
});

test("a limit is read of a batch that was refused for its tokens alone", () => {
  expect(enqueuedLimitOf(failed(TOKENS))).toBe(90_000);
  expect(enqueuedLimitOf(failed({ code: "token_limit_exceeded" }))).toBeUndefined();
  expect(enqueuedLimitOf(failed({ code: "too_many_batches", message: "Limit: 5" }))).toBeUndefined();
});

test("a file that is not seen is named again after growing waits, uploaded anew twice, then given up", () => {
  const after = Array.from({ length: 24 }, (_, at) => afterUnseenFile(at + 1));
  expect(after.slice(0, 8).map(({ waitMs }) => waitMs)).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000,
  ]);
  expect(after.slice(8).every(({ waitMs }) => waitMs === 60_000)).toBe(true);
  expect(after.flatMap(({ next }, at) => (next === "same_file" ? [] : [[at + 1, next]]))).toEqual([
    [8, "new_upload"],
    [16, "new_upload"],
    [24, "give_up"],
  ]);
});
