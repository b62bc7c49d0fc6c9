import { RowFault } from "../../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../../shared/errors.ts";
import { type ItemRow, itemRows } from "../../../shared/judging/items/item-rows.ts";
import type { MeanOptions } from "../../../shared/judging/judged/response-means.ts";
import { ErrorLines } from "../../batch-files/error-lines.ts";
import { refuseOverwriting } from "../../sparse-feedback/csv-output.ts";
import type { BinarizeOptions, RatedRow } from "./binarize-row.ts";
import { type DroppedCounts, PairMaker } from "./pair-maker.ts";
import { writePairsConfig } from "./pairs-config.ts";
import type { PreferenceFormat } from "./preference-format.ts";
import { ratedRow } from "./rated-row.ts";
import { SimulatedReplies } from "./simulated-replies.ts";
import { type PreferencePair, writePreferences } from "./write-preferences.ts";

export interface Binarize extends BinarizeOptions, MeanOptions {
  /** Judged rows. */
  input: string;
  output: string;
  format: PreferenceFormat;
  signal?: AbortSignal | undefined;
}

export interface Binarized {
  output: string;
  rows: number;
  pairs: number;
  dropped: DroppedCounts;
  /** Rows that are no judged rows; the errors file has their reasons. */
  bad: number;
  errors: string | null;
  seed: number;
  /** Texts whose lone surrogates, which UTF-8 cannot hold, became U+FFFD. */
  replaced: number;
  /** Verdicts were made up by the simulator. */
  simulated: boolean;
}

/**
 * Turns judged rows into a preference dataset, in their order and with memory for some of them. A row that cannot be
 * used stands in the errors file, one that gives no pair is counted; neither changes another. How it was made stands beside.
 * @throws UserError if the input cannot be read, or gives no pair; then no file has appeared
 */
export async function binarize(options: Binarize): Promise<Binarized> {
  const { input, output, format, seed, signal } = options;
  refuseOverwriting(output, [input]);
  const counts = new PairMaker(options);
  await using errors = new ErrorLines(output);
  let rows = 0;
  const simulated = new SimulatedReplies();
  const pairs = async function* (): AsyncGenerator<PreferencePair> {
    for await (const read of itemRows(input, {}, signal)) {
      const rated = ratedOrFault(read, rows, options);
      if ("row" in read) simulated.addRow(read.row);
      rows += 1;
      if (!("fault" in rated)) {
        const pair = counts.pairOf(rated);
        if (pair) yield pair;
        continue;
      }
      const message = `${read.place} ${rated.fault.message}.`;
      await errors.write({ id: null, line: rows, reason: rated.fault.reason, message });
    }
    if (rows === 0) throw new UserError(`${input} holds no rows: give a file that has some.`);
    if (errors.count === rows) throw new UserError(`${input} has no row that can be used: ${errors.first}`);
    counts.requirePair(input, errors);
  };
  const { replaced } = await writePreferences(output, format, pairs());
  await errors.commit();
  const { dropped, pairs: made } = counts;
  const bad = errors.count;
  await writePairsConfig({
    madeBy: "preferences binarize",
    sources: { input },
    output,
    format,
    options,
    counts: { prompts: rows, pairs: made, dropped, unusable: bad },
    simulated: simulated.found,
  });
  const about = { rows, pairs: made, dropped, bad, errors: bad > 0 ? errors.path : null };
  return { output, ...about, seed, replaced, simulated: simulated.found };
}

function ratedOrFault(
  read: ItemRow,
  number: number,
  options: MeanOptions,
): RatedRow | { fault: RowFault["fault"] } {
  if ("fault" in read) return read;
  try {
    return ratedRow(read.row, number, options);
  } catch (error) {
    if (error instanceof RowFault) return { fault: error.fault };
    throw error;
  }
}
