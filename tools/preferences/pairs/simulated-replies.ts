import { isSimulated } from "../../evaluation/judged/simulated-mark.ts";

/** A judge is simulated as a whole, or not; but replies of some forms bear no mark. */
const LOOKED_INTO = 100;

/** Learns from a judge's first replies whether they are the simulator's. */
export class SimulatedReplies {
  #seen = 0;
  /** Some was. */
  found = false;

  add(reply: unknown): void {
    if (this.found || this.#seen >= LOOKED_INTO || typeof reply !== "string") return;
    this.#seen += 1;
    this.found = isSimulated(reply);
  }

  /** The replies that a judged row keeps. */
  addRow({ judgements }: Record<string, unknown>): void {
    if (typeof judgements !== "object" || judgements === null) return;
    for (const part of Object.values(judgements)) this.add((part as { reply?: unknown } | null)?.reply);
  }
}
