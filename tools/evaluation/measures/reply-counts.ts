import type { JudgeCall } from "../judged/judged-entry.ts";

/** How often something was the reason, the most frequent first. */
export type ReasonCounts = { reason: string; count: number }[];

/** What became of the calls: a reply that cannot be read is asked for again, and quarantined in the end. */
export interface ReplyCounts {
  /** Null where the files tell of failures alone. */
  calls: number | null;
  /** A verdict could be read; null as above. */
  read: number | null;
  /** Those of them where the first reply could not be; null where the files do not say. */
  afterReask: number | null;
  /** No verdict came of it, and why. */
  quarantined: number;
  reasons: ReasonCounts;
  /** Replies that could not be read, those that were asked for again included. */
  unreadable: ReasonCounts;
  /** Rows that could not be asked about at all. */
  notAsked: number;
}

/**
 * Counts calls. One that failed may stand in a judged row and, after all of these, in a list of failures: then it counts
 * once. Several calls may have one id, since nothing makes the ids of a user's rows unique.
 */
export class ReplyCounter {
  #calls = 0;
  #judgedKnown = false;
  #afterReask = 0;
  #asksKnown = false;
  #notAsked = 0;
  readonly #reasons = new Map<string, number>();
  readonly #unreadable = new Map<string, number>();
  /** Calls that failed in judged rows and were not yet met in a list of failures. */
  readonly #failed = new Map<string, number>();

  add(call: JudgeCall): void {
    this.#judgedKnown = true;
    if (call.fault !== null && call.id !== null) add(this.#failed, call.id);
    this.#count(call);
  }

  /** A call of a list of failures; null is a row that could not be asked about. */
  addFailed(call: JudgeCall | null): void {
    if (call === null) {
      this.#notAsked += 1;
      return;
    }
    const known = call.id === null ? 0 : (this.#failed.get(call.id) ?? 0);
    if (known === 0) this.#count(call);
    else this.#failed.set(call.id!, known - 1);
  }

  #count({ fault, asks, unreadable }: JudgeCall): void {
    this.#calls += 1;
    if (asks !== null) this.#asksKnown = true;
    if (fault !== null) add(this.#reasons, fault);
    else if (asks !== null && asks > 1) this.#afterReask += 1;
    for (const reason of unreadable) add(this.#unreadable, reason);
  }

  /** Null where no call is known. */
  result(): ReplyCounts | null {
    if (this.#calls + this.#notAsked === 0) return null;
    const reasons = sorted(this.#reasons);
    const quarantined = reasons.reduce((sum, { count }) => sum + count, 0);
    const known = this.#judgedKnown;
    return {
      calls: known ? this.#calls : null,
      read: known ? this.#calls - quarantined : null,
      afterReask: known && this.#asksKnown ? this.#afterReask : null,
      quarantined,
      reasons,
      unreadable: sorted(this.#unreadable),
      notAsked: this.#notAsked,
    };
  }
}

function add(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): ReasonCounts {
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((one, other) => other.count - one.count);
}
