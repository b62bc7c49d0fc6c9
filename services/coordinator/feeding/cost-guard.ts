import { countChatTokens, type Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { JobSpec, Prices } from "../../../shared/contracts/job-entry.ts";
import { worstCost } from "./worst-cost.ts";

/**
 * Keeps a job within its budget: a row is fed only while what is spent, the worst that all rows under way can cost, and
 * the worst that this one can cost stay within it together. The worst of a row is its prompt and all choices of full
 * length, once for each time that it may be asked: a row of a job with a budget is not asked again when an answer was paid and could not be kept.
 */
export class CostGuard {
  readonly #prices: Prices;
  readonly #maxCost: () => number;
  readonly #spent: () => number;
  readonly #dispatch: JobSpec["dispatch"];
  readonly #asks: number;
  readonly #tokenizer: Tokenizer;
  readonly #underWay = new Map<number, number>();
  #reserved = 0;

  /** @param spent US dollars of everything that is committed */
  constructor(options: {
    prices: Prices;
    dispatch: JobSpec["dispatch"];
    asks: number;
    tokenizer: Tokenizer;
    maxCost: () => number;
    spent: () => number;
  }) {
    this.#prices = options.prices;
    this.#dispatch = options.dispatch;
    this.#asks = options.asks;
    this.#tokenizer = options.tokenizer;
    this.#maxCost = options.maxCost;
    this.#spent = options.spent;
  }

  /** US dollars that the row can cost at most. @param messages JSON text of the request's messages */
  worstOf(messages: string): number {
    const prompt = countChatTokens(JSON.parse(messages), this.#tokenizer);
    return worstCost(prompt, { prices: this.#prices, dispatch: this.#dispatch, asks: this.#asks });
  }

  /** True when the row may be fed; it counts as under way from then on. */
  reserve(row: number, worst: number): boolean {
    if (this.#underWay.has(row)) return true;
    if (this.#spent() + this.#reserved + worst > this.#maxCost()) return false;
    this.force(row, worst);
    return true;
  }

  /** Counts a row that is under way already, as after a restart. */
  force(row: number, worst: number): void {
    this.#underWay.set(row, worst);
    this.#reserved += worst;
  }

  /** The row's actual cost is in what is spent. */
  settle(row: number): void {
    this.#reserved -= this.#underWay.get(row) ?? 0;
    this.#underWay.delete(row);
    if (this.#underWay.size === 0) this.#reserved = 0;
  }

  get rowsUnderWay(): number {
    return this.#underWay.size;
  }
}
