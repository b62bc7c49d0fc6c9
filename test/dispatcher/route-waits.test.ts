import { expect, test } from "vitest";
import { waitOf } from "../../services/dispatcher/routes/route-waits.ts";

const open = { rows: 5, calls: 3, restMs: 0, isDown: false };
const limits = { requestsPerMinute: 60, tokensPerMinute: 1000 };

test.each([
  ["calls are open", open, undefined],
  ["nothing is to be done", { ...open, rows: 0, calls: 0 }, undefined],
  ["it rests", { ...open, restMs: 1 }, "the provider's rate limit (429)"],
  ["it is down", { ...open, restMs: 1, isDown: true }, "the endpoint, which gives no answer"],
  [
    "rows wait and no call is open",
    { ...open, calls: 0 },
    "its share of 60 requests and 1000 tokens a minute",
  ],
])("where %s, a route waits for what it must", (_, standing, what) => {
  expect(waitOf(standing, limits)).toBe(what);
});
