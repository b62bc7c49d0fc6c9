import type { JudgeCall } from "./judged-entry.ts";

/** What became of the calls: a reply that cannot be read is asked for again, and quarantined in the end. */
export interface ReplyCounts {
  calls: number;
  /** A verdict could be read. */
  read: number;
  /** Those of them where the first reply could not be; null where the files do not say. */
  afterReask: number | null;
  /** No verdict came of it. */
  quarantined: number;
  /** Why, the most frequent reason first. */
  reasons: { reason: string; count: number }[];
}

/** Counts calls. */
export class ReplyCounter {
  #calls = 0;
  #afterReask = 0;
  #attemptsKnown = false;
  readonly #reasons = new Map<string, number>();

  add({ fault, attempts }: JudgeCall): void {
    this.#calls += 1;
    if (attempts !== null) this.#attemptsKnown = true;
    if (fault !== null) this.#reasons.set(fault, (this.#reasons.get(fault) ?? 0) + 1);
    else if (attempts !== null && attempts > 1) this.#afterReask += 1;
  }

  /** Null where no call is known. */
  result(): ReplyCounts | null {
    if (this.#calls === 0) return null;
    const reasons = [...this.#reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((one, other) => other.count - one.count);
    const quarantined = reasons.reduce((sum, { count }) => sum + count, 0);
    return {
      calls: this.#calls,
      read: this.#calls - quarantined,
      afterReask: this.#attemptsKnown ? this.#afterReask : null,
      quarantined,
      reasons,
    };
  }
}
