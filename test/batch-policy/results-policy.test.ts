import { expect, test } from "vitest";
import { isTooEmpty, resultsAre } from "../../shared/batch-policy/results-policy.ts";

const [OUT, ERR] = ["file-out", "file-err"];

test.each([
  ["completed", null, null, 0, 0, "not_yet"],
  ["completed", null, null, 5, 1, "not_yet"],
  ["completed", "", "", 5, 1, "not_yet"],
  ["completed", OUT, null, 0, 0, "readable"],
  ["completed", null, ERR, 0, 6, "readable"],
  ["completed", null, ERR, 5, 1, "not_yet"],
  ["expired", null, null, 0, 0, "readable"],
  ["expired", null, null, 3, 0, "not_yet"],
  ["expired", null, null, 0, 3, "not_yet"],
  ["cancelled", null, ERR, 2, 4, "not_yet"],
  ["cancelled", OUT, ERR, 2, 4, "readable"],
  ["failed", null, null, 3, 0, "readable"],
] as const)(
  "%s, output %j, errors %j, %i completed, %i failed: %s",
  (status, outputFileId, errorFileId, completed, failed, are) => {
    expect(resultsAre({ status, outputFileId, errorFileId, completed, failed })).toBe(are);
  },
);

test("only a completed batch must have lines", () => {
  expect([isTooEmpty({ status: "completed" }, 0), isTooEmpty({ status: "completed" }, 1)]).toEqual([
    true,
    false,
  ]);
  expect([isTooEmpty({ status: "expired" }, 0), isTooEmpty({ status: "cancelled" }, 0)]).toEqual([
    false,
    false,
  ]);
});
