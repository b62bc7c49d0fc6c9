import type { PairsWritten } from "../../tools/sparse-feedback/preference-pairs.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { addBinarizeFlags, type BinarizeFlags } from "../preferences/binarize-flags.ts";
import type { ParseFlags } from "../preferences/parse.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson } from "../view/terminal.ts";

interface PreferencesFlags {
  input?: string;
  output?: string;
  json?: boolean;
}

/** Preference data from verdicts. Plain files: no system is needed. */
export function addPreferences(program: AssayCommand): void {
  const preferences = program
    .command("preferences")
    .summary("make preference data from verdicts")
    .description("Makes preference data from verdicts: see docs/judging.md and docs/sparse-feedback.md.");
  preferences
    .command("pairs")
    .description("turn rankings into the pairs that a reward model is trained on")
    .option("--input <file>", "rankings: instruction,input,output1,output2,ranking, with or without a header")
    .option("--output <file>", "JSON to write: {prompt: {sentences: [[preferred, other], ...]}}")
    .option("--json", "print the counts as JSON")
    .action(async (flags: PreferencesFlags) => {
      const { writePreferencePairs } = await import("../../tools/sparse-feedback/preference-pairs.ts");
      const input = requiredFlag("input", flags.input, "name a file of rankings");
      const output = requiredFlag("output", flags.output, "name the JSON to write");
      const done = await interruptible((signal) => writePreferencePairs({ input, output, signal }));
      if (flags.json) printJson(done);
      else showPairs(done);
    });
  addBinarize(preferences);
  addParse(preferences);
}

function addBinarize(preferences: AssayCommand): void {
  const binarize = preferences
    .command("binarize")
    .description("turn judged rows into a preference dataset: the best response and one below it")
    .option("--input <file>", "judged rows, with the responses of a prompt and their means")
    .option("--output <file>", "JSONL or Parquet to write");
  addBinarizeFlags(binarize).action(async (flags: BinarizeFlags & PreferencesFlags) => {
    const { runBinarize } = await import("../preferences/binarize.ts");
    process.exitCode = await runBinarize(flags);
  });
}

function addParse(preferences: AssayCommand): void {
  const parse = preferences
    .command("parse")
    .description("turn raw results of a judge's batches into a preference dataset")
    .option(
      "--input-dir <folder>",
      "results of batches, with custom_id <prompt id>_<hel|hon|ins|tru|overall>",
    )
    .option("--reference-file <file>", "full file of the mix that was judged, or the folder of the mix")
    .option("--output-path <file>", "JSONL or Parquet to write")
    .option("--id-col <column>", "column of the mix that holds the prompt id (default: id)");
  addBinarizeFlags(parse).action(async (flags: ParseFlags) => {
    const { runParse } = await import("../preferences/parse.ts");
    process.exitCode = await runParse(flags);
  });
}

function showPairs(done: PairsWritten): void {
  print(
    `${done.output}: ${counted(done.pairs, "pair", "pairs")} of ${counted(done.prompts, "prompt", "prompts")}`,
  );
  tellIf(
    done.repeated,
    "row repeats an earlier one and was left out",
    "rows repeat an earlier one and were left out",
  );
  tellIf(done.equal, "row is ranked equal and gives no pair", "rows are ranked equal and give no pair");
  tellIf(
    done.identical,
    "row compares a text with itself and gives no pair",
    "rows compare a text with itself and give no pair",
  );
  tellIf(
    done.promptsWithoutPair,
    "prompt has no pair and was left out",
    "prompts have no pair and were left out",
  );
  tellIf(
    done.contradicting,
    "pair contradicts another one of its prompt; both are kept",
    "pairs contradict another one of their prompt; both are kept",
  );
}
