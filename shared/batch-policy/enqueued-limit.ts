/** `Limit: 90,000 enqueued tokens`, `the configured limit of 100.` and the like. */
const NAMED = /\blimit(?: of|:)?\s*(\d[\d,._ ]*\d|\d)/i;

/** The limit of enqueued prompt tokens that a provider's words name; null where they name none. */
export function enqueuedLimitIn(message: string): number | null {
  const limit = Number(NAMED.exec(message)?.[1]?.replace(/\D/g, ""));
  return limit > 0 ? limit : null;
}
