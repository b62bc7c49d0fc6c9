import { UserError } from "../../shared/errors.ts";
import type { MeanOptions } from "../../shared/judging/judged/response-means.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import type { BinarizeOptions } from "../../tools/preferences/pairs/binarize-row.ts";
import type { DroppedCounts } from "../../tools/preferences/pairs/pair-maker.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { wholeNumber } from "../flags/whole-number.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";

/** How a rejected response is chosen, wherever pairs are made of ratings. */
export interface BinarizeFlags {
  rejected: string;
  seed: string;
  ties: string;
  margin: string;
  commonAspects?: boolean;
  minAspects?: string;
  format: string;
  json?: boolean;
}

export function addBinarizeFlags(command: AssayCommand): AssayCommand {
  return command
    .option("--rejected <which>", "of the responses below the best: random or lowest", "random")
    .option("--seed <number>", "of the random ones", "0")
    .option("--ties <what>", "keep: a response as good as the best may be rejected; drop: never", "drop")
    .option("--margin <number>", "rejected ones are lower by this much at least", "0")
    .option("--common-aspects", "average over aspects that all responses of a prompt have")
    .option("--min-aspects <n>", "a response with fewer aspects is not rated")
    .option(
      "--format <format>",
      "open-instruct or trl; with ,parquet or ,jsonl (else by the ending)",
      "open-instruct",
    )
    .option("--json", "print the counts as JSON") as AssayCommand;
}

/** @throws UserError for a value that a flag does not take */
export function binarizeOptions(flags: BinarizeFlags): BinarizeOptions & MeanOptions {
  const margin = Number(flags.margin);
  if (flags.margin.trim() === "" || !(margin >= 0 && Number.isFinite(margin))) {
    throw new UserError(`--margin is ${JSON.stringify(flags.margin)}: give a number from 0 on.`);
  }
  return {
    rejected: oneOf("rejected", flags.rejected, ["random", "lowest"]),
    seed: wholeNumber("seed", flags.seed, 0),
    ties: oneOf("ties", flags.ties, ["drop", "keep"]),
    margin,
    commonAspects: flags.commonAspects,
    minAspects: flags.minAspects === undefined ? undefined : wholeNumber("min_aspects", flags.minAspects, 1),
  };
}

/** Says what gave no pair. */
export function tellDropped({ unrated, tied, identical, withinMargin }: DroppedCounts): void {
  tellIf(
    unrated,
    "prompt has fewer than two rated responses and gives no pair",
    "prompts have fewer than two rated responses and give no pair",
  );
  tellIf(
    tied,
    "prompt has no response below the best and gives no pair",
    "prompts have no response below the best and give no pair",
  );
  tellIf(
    identical,
    "prompt has only the same text below its best response and gives no pair",
    "prompts have only the same text below their best response and give no pair",
  );
  tellIf(
    withinMargin,
    "prompt has none below the best by the margin and gives no pair",
    "prompts have none below the best by the margin and give no pair",
  );
}

function oneOf<Name extends string>(flag: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new UserError(`--${flag} is ${JSON.stringify(given)}: give ${anyOf(names)}.`);
}
