import { EXIT, UserError } from "../../shared/errors.ts";
import { reformat } from "../../tools/batch-files/reformat.ts";
import { SOURCE_TYPES } from "../../tools/batch-files/result-line.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import type { FileFlags } from "./batch-flags.ts";
import { interruptible } from "./interruptible.ts";
import { requiredFlag } from "./required-flag.ts";

/** @returns the exit code */
export async function runReformat(flags: FileFlags & { sourceType: string }): Promise<number> {
  const type = SOURCE_TYPES.find((one) => one === flags.sourceType);
  if (type === undefined) {
    throw new UserError(
      `--source_type is ${JSON.stringify(flags.sourceType)}: give ${SOURCE_TYPES.join(", ")}.`,
    );
  }
  const input = requiredFlag("input_file", flags.inputFile, "name a file of results");
  const output = requiredFlag("output_file", flags.outputFile, "name the file to write");
  const done = await interruptible((signal) => reformat({ input, output, type, signal }));
  if (flags.json) printJson({ output, ...done });
  else {
    print(`${output}: ${counted(done.texts, "text", "texts")}`);
    if (done.refusals > 0)
      tell(`${counted(done.refusals, "of them is a refusal", "of them are refusals")}, marked "refusal".`);
    if (done.cut > 0)
      tell(
        `${counted(done.cut, "of them was", "of them were")} cut by the token limit, marked by "finish_reason".`,
      );
    if (done.failed > 0) tell(`${counted(done.failed, "line", "lines")} gave no text: ${done.errors}`);
  }
  return done.failed > 0 ? EXIT.doneWithFailures : EXIT.done;
}
