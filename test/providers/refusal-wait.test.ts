import { expect, test } from "vitest";
import { noCooldown, refuse } from "../../services/dispatcher/budget/cooldown.ts";
import { refusalWaitMs, resetMs } from "../../shared/providers/faults/refusal-wait.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");

test.each([
  ["6m0s", 360_000],
  ["120ms", 120],
  ["4s", 4_000],
  ["12", 12_000],
  ["0.5", 500],
  [String(NOW / 1000 + 30), 30_000],
  [String(NOW + 30_000), 30_000],
  ["2026-11-30T12:00:07Z", 7_000],
  ["2026-11-30T11:00:00Z", 0],
  ["soon", null],
  [undefined, null],
])("a limit that is full again at %s is waited for %s ms", (text, expected) => {
  expect(resetMs(text, NOW)).toBe(expected);
});

test.each<[Record<string, string>, string, number | null]>([
  [{ "retry-after": "4s" }, "", 4_000],
  [{ "retry-after": "0", "x-ratelimit-reset": "9" }, "", 0],
  [
    {
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "3s",
      "x-ratelimit-reset-requests": "1h",
    },
    "",
    3_000,
  ],
  [
    { "x-ratelimit-remaining-tokens": "50", "x-ratelimit-reset-tokens": "3s" },
    "Please try again in 6.4s.",
    6_400,
  ],
  [{}, "Please retry in 120ms.", 120],
  [{}, "Requests per day: please try again in 7h12m.", 3_600_000],
  [{}, "Try again in a while", null],
])("a refusal with %o and the words %j asks for %s ms", (headers, message, expected) => {
  const answer = { status: 429, header: (name: string) => headers[name], body: "" };
  expect(refusalWaitMs(answer, message, NOW)).toBe(expected);
});

test("a wait of no time says nothing: it grows with each wave of refusals", () => {
  const cooldown = noCooldown();
  const waits = [0, 0, 0].map((namedMs) => {
    const waitMs = refuse(cooldown, namedMs, cooldown.untilMs, 0);
    return waitMs;
  });
  expect(waits).toEqual([1_000, 2_000, 4_000]);
});
