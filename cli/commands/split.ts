import { UserError } from "../../shared/errors.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { wholeNumber } from "../flags/whole-number.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";

interface SplitFlags {
  input?: string;
  val?: string;
  seed: string;
  columns?: string;
  outputDir?: string;
  json?: boolean;
}

/** Splits a file into training and validation. No system is needed. */
export function addSplit(program: AssayCommand): void {
  program
    .command("split")
    .summary("split a file into training and validation, by prompt")
    .description(
      "Splits a file into NAME.train and NAME.val, all rows of a prompt on one side: see docs/sparse-feedback.md.",
    )
    .option("--input <file>", "rows of JSON, JSONL, CSV or Parquet, feedback, or reward model pairs")
    .option("--val <share>", "share of the prompts for validation, e.g. 0.1")
    .option("--seed <number>", "another one gives another split", "0")
    .option("--columns <role=column,...>", "where the prompt is; roles: instruction, input, prompt, messages")
    .option("--output-dir <folder>", "where the parts go (default: beside the input)")
    .option("--json", "print what was written as one JSON object")
    .action(runSplit);
}

async function runSplit(flags: SplitFlags): Promise<void> {
  const { splitByPrompt } = await import("../../tools/sparse-feedback/split-by-prompt.ts");
  const { parseColumns } = await import("../../shared/datasets/recipes/column-roles.ts");
  const options = {
    input: requiredFlag("input", flags.input, "name the file to split"),
    share: shareOf(requiredFlag("val", flags.val, "give the share for validation, e.g. 0.1")),
    seed: wholeNumber("seed", flags.seed, 0),
    roles: flags.columns === undefined ? undefined : parseColumns(flags.columns),
    folder: flags.outputDir,
  };
  const { train, validation, seed } = await interruptible((signal) => splitByPrompt({ ...options, signal }));
  if (flags.json) {
    printJson({ train, validation, seed });
    return;
  }
  for (const { path, rows, prompts } of [train, validation]) {
    print(`${path}: ${counted(rows, "row", "rows")} of ${counted(prompts, "prompt", "prompts")}`);
  }
  const share = validation.prompts / (train.prompts + validation.prompts);
  tell(`${(100 * share).toFixed(1)} % of the prompts are for validation (seed ${seed}).`);
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== "" && share > 0 && share < 1) return share;
  throw new UserError(`--val is ${JSON.stringify(text)}: give a share between 0 and 1, e.g. 0.1.`);
}
