import type { Answer } from "../../completions/fault.ts";
import { retryAfterMs } from "../../retry-after.ts";
import { durationMs } from "../limit-headers.ts";

const KINDS = ["requests", "tokens"] as const;
const EPOCH_MS_FROM = 1e12;
const EPOCH_SECONDS_FROM = 1e9;
const LONGEST_MS = 3_600_000;
const SAID = /(?:try again|retry) (?:in|after) (\d[\d.hmsuµn]*)/i;

/**
 * How long a refusal asks to wait: by its `retry-after`, else by the time at which the limit that is used up is full
 * again, else by its words; null when it does not say. At most an hour.
 */
export function refusalWaitMs(answer: Answer, message: string, nowUnixMs: number): number | null {
  const { header } = answer;
  const named = retryAfterMs(header("retry-after-ms"), header("retry-after"), nowUnixMs);
  if (named !== null) return named;
  const resets = [
    ...KINDS.filter((kind) => header(`x-ratelimit-remaining-${kind}`)?.trim() === "0").map((kind) =>
      resetMs(header(`x-ratelimit-reset-${kind}`), nowUnixMs),
    ),
    resetMs(header("x-ratelimit-reset"), nowUnixMs),
    resetMs(header("ratelimit-reset"), nowUnixMs),
  ].filter((waitMs) => waitMs !== null && waitMs > 0) as number[];
  if (resets.length > 0) return Math.min(Math.max(...resets), LONGEST_MS);
  const said = durationMs(SAID.exec(message)?.[1]?.replace(/\.$/, ""));
  return said === undefined ? null : Math.min(said, LONGEST_MS);
}

/** A duration such as 6m0s, seconds, seconds or milliseconds since 1970, or a date; null where it is none of them. */
export function resetMs(text: string | undefined, nowUnixMs: number): number | null {
  if (text === undefined) return null;
  const duration = durationMs(text);
  if (duration !== undefined) return duration;
  const number = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
  const untilMs =
    number === undefined
      ? Date.parse(text)
      : number >= EPOCH_MS_FROM
        ? number
        : number >= EPOCH_SECONDS_FROM
          ? number * 1000
          : nowUnixMs + number * 1000;
  return Number.isNaN(untilMs) ? null : Math.max(0, untilMs - nowUnixMs);
}
