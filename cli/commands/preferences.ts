import type { PairsWritten } from "../../shared/sparse-feedback/preference-pairs.ts";
import { count } from "../amounts.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../command-line.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { print, printJson } from "../terminal.ts";

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
    .description("Makes preference data from verdicts: see docs/sparse-feedback.md.");
  preferences
    .command("pairs")
    .description("turn rankings into the pairs that a reward model is trained on")
    .option("--input <file>", "rankings: instruction,input,output1,output2,ranking, with or without a header")
    .option("--output <file>", "JSON to write: {prompt: {sentences: [[preferred, other], ...]}}")
    .option("--json", "print the counts as JSON")
    .action(async (flags: PreferencesFlags) => {
      const { writePreferencePairs } = await import("../../shared/sparse-feedback/preference-pairs.ts");
      const input = requiredFlag("input", flags.input, "name a file of rankings");
      const output = requiredFlag("output", flags.output, "name the JSON to write");
      const done = await interruptible((signal) => writePreferencePairs({ input, output, signal }));
      if (flags.json) printJson(done);
      else showPairs(done);
    });
}

function showPairs(done: PairsWritten): void {
  print(`${done.output}: ${count(done.pairs)} pairs of ${count(done.prompts)} prompts`);
  tellIf(done.repeated, "rows repeat an earlier one and were left out");
  tellIf(done.equal, "rows are ranked equal and give no pair");
  tellIf(done.promptsWithoutPair, "prompts have no pair and were left out");
  tellIf(done.contradicting, "pairs contradict another one of their prompt; both are kept");
}
