import type { Conclusion, JudgedParts } from "../methods/judge-method.ts";
import type { Letter } from "../replies/verdict.ts";
import { firstFault } from "./first-fault.ts";

/** Both orders prefer the same one, or it is their place that was preferred: then they are equal. */
export function concludeRanking({ outcomes, parts }: JudgedParts): Conclusion {
  if ("ab" in parts !== "ba" in parts) {
    return { reason: "not_judged", message: "was judged in one of its two orders only" };
  }
  const fault = firstFault(parts);
  if (fault !== undefined) return fault;
  const letters: Record<string, Letter> = {};
  const preferred = new Set<number>();
  for (const [part, outcome] of Object.entries(outcomes)) {
    if (!("verdict" in outcome) || !("letter" in outcome.verdict)) continue;
    letters[part] = outcome.verdict.letter;
    preferred.add(outcome.verdict.preferred);
  }
  const [only] = preferred;
  return { ranking: preferred.size > 1 ? "equal" : only === 0 ? "(a)" : "(b)", letters };
}
