import { EXIT } from "../../shared/errors.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { type BinarizeFlags, binarizeOptions, tellDropped } from "./binarize-flags.ts";

/** @returns the exit code */
export async function runBinarize(
  flags: BinarizeFlags & { input?: string; output?: string },
): Promise<number> {
  const { binarize } = await import("../../tools/preferences/pairs/binarize.ts");
  const { preferenceFormat } = await import("../../tools/preferences/pairs/preference-format.ts");
  const input = requiredFlag("input", flags.input, "name a file of judged rows");
  const output = requiredFlag("output", flags.output, "name the JSONL or Parquet file to write");
  const options = {
    input,
    output,
    format: preferenceFormat(flags.format, output),
    ...binarizeOptions(flags),
  };
  const done = await interruptible((signal) => binarize({ ...options, signal }));
  if (flags.json) printJson(done);
  else {
    print(
      `${done.output}: ${counted(done.pairs, "pair", "pairs")} of ${counted(done.rows, "prompt", "prompts")}`,
    );
    tell(`Rejected: ${options.rejected} (seed ${done.seed}).`);
    tellDropped(done.dropped);
    tellIf(
      done.replaced,
      "text held half of a surrogate pair, which is now U+FFFD",
      "texts held half of a surrogate pair, which is now U+FFFD",
    );
    if (done.simulated) tell("Simulated: these verdicts say nothing about any model.");
    tellIf(done.bad, `row cannot be used: ${done.errors}`, `rows cannot be used: ${done.errors}`);
  }
  return done.bad > 0 ? EXIT.doneWithFailures : EXIT.done;
}
