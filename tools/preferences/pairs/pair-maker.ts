import { UserError } from "../../../shared/errors.ts";
import type { ErrorLines } from "../../batch-files/error-lines.ts";
import { type BinarizeOptions, binarizeRow, type Dropped, type RatedRow } from "./binarize-row.ts";
import type { PreferencePair } from "./write-preferences.ts";

/** Rows that give no pair, by the reason. */
export type DroppedCounts = Record<Dropped, number>;

/** Makes pairs of rated rows and counts what gives none. */
export class PairMaker {
  readonly #options: BinarizeOptions;
  readonly dropped: DroppedCounts = { unrated: 0, tied: 0, identical: 0, withinMargin: 0 };
  pairs = 0;

  constructor(options: BinarizeOptions) {
    if (options.ties === "keep" && options.margin > 0) {
      throw new UserError("--ties keep and --margin contradict each other: leave one of them out.");
    }
    this.#options = options;
  }

  pairOf(row: RatedRow): PreferencePair | undefined {
    const result = binarizeRow(row, this.#options);
    if (typeof result === "string") {
      this.dropped[result] += 1;
      return undefined;
    }
    this.pairs += 1;
    return { row, ...result };
  }

  /** @param errors what could not be used at all @throws UserError if there is no pair */
  requirePair(input: string, errors: Pick<ErrorLines, "count" | "first">): void {
    if (this.pairs > 0) return;
    const { unrated, tied, identical, withinMargin } = this.dropped;
    const faults = errors.count === 0 ? "" : ` Faults: ${errors.count}; the first: ${errors.first}`;
    throw new UserError(
      `${input} gives no pair: ${unrated} rows have fewer than two rated responses, ${tied} have none below the best, ${identical} only the same text again, ${withinMargin} none below it by the margin.${faults}`,
    );
  }
}
