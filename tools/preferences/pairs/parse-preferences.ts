import { dirname, resolve } from "node:path";
import { UserError } from "../../../shared/errors.ts";
import { readItems } from "../../../shared/judging/items/read-items.ts";
import type { MeanOptions } from "../../../shared/judging/judged/response-means.ts";
import type { Judging } from "../../../shared/judging/judging.ts";
import { ErrorLines } from "../../batch-files/error-lines.ts";
import { refuseOverwriting } from "../../sparse-feedback/csv-output.ts";
import { BatchReplies } from "./batch-replies.ts";
import type { BinarizeOptions } from "./binarize-row.ts";
import { JudgedPrompts } from "./judged-prompts.ts";
import { type DroppedCounts, PairMaker } from "./pair-maker.ts";
import { writePairsConfig } from "./pairs-config.ts";
import type { PreferenceFormat } from "./preference-format.ts";
import { type PreferencePair, writePreferences } from "./write-preferences.ts";

export interface ParsePreferences extends BinarizeOptions, MeanOptions {
  /** Folder of raw results of batches. */
  input: string;
  /** Full file of a mix, or the folder of all of them. */
  reference: string;
  output: string;
  format: PreferenceFormat;
  idColumn?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ParsedPreferences {
  output: string;
  /** Prompts of the reference. */
  prompts: number;
  results: number;
  /** What was judged: aspects, or overall. */
  aspects: string[];
  pairs: number;
  dropped: DroppedCounts;
  /** Prompts of which no reply could be read. */
  unjudged: number;
  /** Further answers to a request; the first counts. */
  repeated: number;
  /** Lines of the errors file. */
  bad: number;
  errors: string | null;
  seed: number;
  replaced: number;
  /** Verdicts were made up by the simulator. */
  simulated: boolean;
}

/** The reference is read for its items only: nothing is asked. */
const READING: Judging = {
  method: "ultrafeedback",
  aspects: null,
  templates: {},
  orders: "both",
  seed: 0,
  useText: false,
};

/**
 * Turns raw results of a judge's batches into a preference dataset, in the order of the mix that the judge was asked
 * about. What cannot be read stands in the errors file with its reply, and changes nothing else: a prompt is worth the
 * mean over the aspects that could be read. Holds the ids of prompts and 16 bytes a result in memory.
 * @throws UserError if a file cannot be read, or there is no pair; then no file has appeared
 */
export async function parsePreferences(options: ParsePreferences): Promise<ParsedPreferences> {
  const { input, reference, output, format, seed, signal } = options;
  refuseOverwriting(output, [reference]);
  if (dirname(resolve(output)) === resolve(input)) {
    throw new UserError(`${output} would lie among the results in ${input}: give another folder for it.`);
  }
  const counts = new PairMaker(options);
  await using errors = new ErrorLines(output);
  await using replies = await BatchReplies.open(input, (line) => errors.write(line), signal);
  const prompts = new JudgedPrompts(replies, (line) => errors.write(line), options);
  const pairs = async function* (): AsyncGenerator<PreferencePair> {
    const { idColumn } = options;
    for await (const read of readItems(reference, READING, {
      idColumn,
      skipBadRows: true,
      keepTexts: true,
      signal,
    })) {
      const rated = await prompts.rated(read);
      const pair = rated && counts.pairOf(rated);
      if (pair) yield pair;
    }
    await prompts.tellUnknown(reference);
    counts.requirePair(input, errors);
  };
  const { replaced } = await writePreferences(output, format, pairs());
  await errors.commit();
  const bad = errors.count;
  const simulated = prompts.simulated.found;
  await writePairsConfig({
    madeBy: "preferences parse",
    sources: { input_dir: input, reference_file: reference },
    output,
    format,
    options,
    counts: { prompts: prompts.count, pairs: counts.pairs, dropped: counts.dropped, unusable: bad },
    simulated,
  });
  return {
    output,
    prompts: prompts.count,
    results: replies.results,
    aspects: replies.parts,
    pairs: counts.pairs,
    dropped: counts.dropped,
    unjudged: prompts.unjudged,
    repeated: replies.repeated,
    bad,
    errors: bad > 0 ? errors.path : null,
    seed,
    replaced,
    simulated,
  };
}
