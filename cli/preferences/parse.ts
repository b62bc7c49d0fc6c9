import { EXIT } from "../../shared/errors.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { type BinarizeFlags, binarizeOptions, tellDropped } from "./binarize-flags.ts";

export interface ParseFlags extends BinarizeFlags {
  inputDir?: string;
  referenceFile?: string;
  outputPath?: string;
  idCol?: string;
}

/** @returns the exit code */
export async function runParse(flags: ParseFlags): Promise<number> {
  const { parsePreferences } = await import("../../tools/preferences/pairs/parse-preferences.ts");
  const { preferenceFormat } = await import("../../tools/preferences/pairs/preference-format.ts");
  const output = requiredFlag("output_path", flags.outputPath, "name the JSONL or Parquet file to write");
  const options = {
    input: requiredFlag("input_dir", flags.inputDir, "name the folder of the batches' results"),
    reference: requiredFlag("reference_file", flags.referenceFile, "name the mix that was judged"),
    output,
    format: preferenceFormat(flags.format, output),
    idColumn: flags.idCol,
    ...binarizeOptions(flags),
  };
  const done = await interruptible((signal) => parsePreferences({ ...options, signal }));
  if (flags.json) printJson(done);
  else {
    print(
      `${done.output}: ${counted(done.pairs, "pair", "pairs")} of ${counted(done.prompts, "prompt", "prompts")}`,
    );
    tell(`${counted(done.results, "result", "results")} on ${done.aspects.join(", ")}.`);
    tell(`Rejected: ${options.rejected} (seed ${done.seed}).`);
    tellDropped(done.dropped);
    tellIf(done.unjudged, "prompt has no reply that can be read", "prompts have no reply that can be read");
    tellIf(
      done.repeated,
      "result repeats an answer; the first counts",
      "results repeat an answer; the first of each counts",
    );
    tellIf(
      done.replaced,
      "text held half of a surrogate pair, which is now U+FFFD",
      "texts held half of a surrogate pair, which is now U+FFFD",
    );
    if (done.simulated) tell("Simulated: these verdicts say nothing about any model.");
    tellIf(
      done.bad,
      `line of ${done.errors} says what could not be used`,
      `lines of ${done.errors} say what could not be used`,
    );
  }
  return done.bad > 0 ? EXIT.doneWithFailures : EXIT.done;
}
