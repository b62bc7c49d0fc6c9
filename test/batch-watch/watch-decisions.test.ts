import { expect, test } from "vitest";
import { BatchApiError } from "../../shared/batch-api/fault.ts";
import { UserError } from "../../shared/errors.ts";
import { CutShort } from "../../tools/batch-files/save-results.ts";
import { goesOn } from "../../tools/batch-watch/watching/goes-on.ts";
import { isThrough } from "../../tools/batch-watch/watching/is-through.ts";
import type { BatchRecord } from "../../tools/batch-watch/watching/watch-state.ts";

const record = (change: object) =>
  ({ unknown: false, ended: null, results: null, parts: null, ...change }) as BatchRecord;
const ended = { ended: {}, results: [] };

test.each([
  ["open", {}, false, false],
  ["unknown to the provider", { unknown: true }, true, true],
  ["ended, and not collected", { ended: {} }, false, false],
  ["collected, and not planned", ended, false, false],
  ["planned, with nothing left", { ...ended, parts: [] }, true, true],
  ["planned, and not all sent", { ...ended, parts: [{ child: "b" }, { child: null }] }, false, true],
  ["planned, and all sent", { ...ended, parts: [{ child: "b" }] }, true, true],
])("a batch that is %s", (_, change, through, throughOnHold) => {
  expect(isThrough(record(change), false)).toBe(through);
  expect(isThrough(record(change), true)).toBe(throughOnHold);
});

const apiFault = (fault: object) => new BatchApiError("it failed", fault as BatchApiError["fault"]);
const cutShort = new UserError("a file is cut short", { cause: new CutShort("short") });

test.each<[what: string, error: unknown, failures: number, on: boolean]>([
  ["a provider that is away for a while, however long", apiFault({ kind: "retry" }), 999, true],
  ["no room for tokens", apiFault({ kind: "no_room" }), 999, true],
  ["a file that is not seen yet", apiFault({ kind: "not_ready" }), 4, true],
  ["a file that is never seen", apiFault({ kind: "not_ready" }), 5, false],
  ["a file that came short", cutShort, 9, true],
  ["a file that never comes whole", cutShort, 10, false],
  ["a refusal for good", apiFault({ kind: "permanent", code: "c", status: 400 }), 0, false],
  ["what a person must mend", new UserError("the disk is full"), 0, false],
])("the watch and %s", (_, error, failures, on) => {
  expect(goesOn(error, failures)).toBe(on);
});
