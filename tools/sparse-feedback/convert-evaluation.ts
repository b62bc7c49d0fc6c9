import { UserError } from "../../shared/errors.ts";
import { inputOf, placedRows, textIn } from "../../shared/feedback/placed-rows.ts";
import { FirstOfEach, shownPrompt } from "../../shared/feedback/prompt-index.ts";
import type { Conversion } from "./convert-responses.ts";
import { type WrittenCsv, writeCsv } from "./csv-output.ts";

/** Its prompts have tasks that the models were tuned on, so that the published evaluation leaves them out. */
const LEFT_OUT_DATASET = "selfinstruct";

export interface ConvertedRatingsEval extends WrittenCsv {
  /** Rows of the dataset `selfinstruct`. */
  leftOut: number;
}

export interface ConvertedRankingsEval extends WrittenCsv {
  /** Rows of the dataset `selfinstruct`, of both files. */
  leftOut: number;
  /** Further outputs for a prompt that their file has already; the first one is paired. */
  repeated: number;
  onlyInReference: number;
  onlyInAligned: number;
}

interface ModelOutput {
  instruction: string;
  input: string;
  output: string;
}

/**
 * One CSV row `instruction,input,response` for each output {dataset?, instruction, input?, output, generator} of a model,
 * to be rated; rows of the dataset `selfinstruct` are left out and counted.
 * @throws UserError naming the place, or if no row is left
 */
export async function convertToRatingsEval({
  input,
  output,
  signal,
}: Conversion): Promise<ConvertedRatingsEval> {
  const counts = { leftOut: 0 };
  const rows = async function* () {
    let some = false;
    for await (const one of modelOutputs(input, counts, signal)) {
      some = true;
      yield [one.instruction, one.input, one.output];
    }
    if (!some) throw onlyLeftOut(input);
  };
  const written = await writeCsv(output, [input], ["instruction", "input", "response"], rows());
  return { ...written, ...counts };
}

export interface RankingsEval {
  reference: string;
  aligned: string;
  output: string;
  /** Leave out prompts that only one of the files has, instead of refusing them. */
  commonOnly?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * One CSV row `instruction,input,response1,response2` for each prompt, to be ranked: the reference model's output first,
 * the aligned model's second, in the order of the reference. Outputs are joined on instruction (and input, where they
 * have one). Holds the aligned outputs in memory.
 * @throws UserError naming the place, if the files differ in their prompts and not `commonOnly`, or share none
 */
export async function convertToRankingsEval(options: RankingsEval): Promise<ConvertedRankingsEval> {
  const { reference, aligned, output, commonOnly = false, signal } = options;
  const counts = { leftOut: 0, repeated: 0, onlyInReference: 0, onlyInAligned: 0 };
  const alignedOutputs = new FirstOfEach<ModelOutput>();
  for await (const one of modelOutputs(aligned, counts, signal)) alignedOutputs.add(one);
  if (alignedOutputs.size === 0) throw onlyLeftOut(aligned);
  const rows = async function* () {
    const referenceOutputs = new FirstOfEach<ModelOutput>();
    const lonely: { reference?: ModelOutput; aligned?: ModelOutput } = {};
    for await (const one of modelOutputs(reference, counts, signal)) {
      if (!referenceOutputs.add(one)) continue;
      const partner = alignedOutputs.get(one);
      if (partner) yield [one.instruction, one.input, one.output, partner.output];
      else {
        lonely.reference ??= one;
        counts.onlyInReference += 1;
      }
    }
    if (referenceOutputs.size === 0) throw onlyLeftOut(reference);
    for (const one of alignedOutputs.values()) {
      if (referenceOutputs.get(one)) continue;
      lonely.aligned ??= one;
      counts.onlyInAligned += 1;
    }
    counts.repeated = referenceOutputs.repeated + alignedOutputs.repeated;
    if (counts.onlyInReference === referenceOutputs.size) {
      throw new UserError(
        `${reference} and ${aligned} have no prompt in common: give two files of one evaluation.`,
      );
    }
    if (!commonOnly && (lonely.reference || lonely.aligned)) throw unequal(options, counts, lonely);
  };
  const header = ["instruction", "input", "response1", "response2"];
  return { ...(await writeCsv(output, [reference, aligned], header, rows())), ...counts };
}

async function* modelOutputs(
  path: string,
  counts: { leftOut: number },
  signal?: AbortSignal,
): AsyncGenerator<ModelOutput> {
  for await (const placed of placedRows(path, signal)) {
    if (placed.row.dataset === LEFT_OUT_DATASET) counts.leftOut += 1;
    else {
      yield {
        instruction: textIn(placed, "instruction"),
        input: inputOf(placed),
        output: textIn(placed, "output"),
      };
    }
  }
}

function onlyLeftOut(path: string): UserError {
  return new UserError(
    `${path} has only rows of the dataset "${LEFT_OUT_DATASET}", which this evaluation leaves out: give a file that has others.`,
  );
}

function unequal(
  { reference, aligned }: RankingsEval,
  counts: { onlyInReference: number; onlyInAligned: number },
  lonely: { reference?: ModelOutput; aligned?: ModelOutput },
): UserError {
  const parts = [
    ...(lonely.reference
      ? [`${counts.onlyInReference} only in ${reference} (the first: ${shownPrompt(lonely.reference)})`]
      : []),
    ...(lonely.aligned
      ? [`${counts.onlyInAligned} only in ${aligned} (the first: ${shownPrompt(lonely.aligned)})`]
      : []),
  ];
  return new UserError(
    `The files differ in their prompts, ${parts.join(" and ")}: give outputs for the same ones, or leave those out with --common_only.`,
  );
}
