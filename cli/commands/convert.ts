import type {
  ConvertedRankingsEval,
  ConvertedRatingsEval,
} from "../../tools/sparse-feedback/convert-evaluation.ts";
import type { ConvertedResponses } from "../../tools/sparse-feedback/convert-responses.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson } from "../view/terminal.ts";

interface ConvertFlags {
  input?: string;
  reference?: string;
  aligned?: string;
  davinciFile?: string;
  alpacaFile?: string;
  output?: string;
  commonOnly?: boolean;
  json?: boolean;
}

interface ResponsesFlags extends Omit<ConvertFlags, "input"> {
  input?: string[];
}

/** Rows to be judged, from responses and model outputs. Plain files: no system is needed. */
export function addConvert(program: AssayCommand): void {
  const convert = program
    .command("convert")
    .summary("make the CSV files that a ratings or rankings judge reads")
    .description("Makes the CSV files that a ratings or rankings judge reads: see docs/sparse-feedback.md.");
  const add = (name: string, about: string) =>
    convert
      .command(name)
      .description(about)
      .option("--output <file>", "CSV to write")
      .option("--json", "print the counts as JSON");
  const responses =
    "{instruction, input?, responses[]} as JSON or JSONL, or CSV with response1, response2, ...";
  add("ratings", "a row for each response of each prompt")
    .option("--input <file...>", responses)
    .action(async (flags: ResponsesFlags) => {
      const { convertToRatings } = await import("../../tools/sparse-feedback/convert-responses.ts");
      const paths = manyOf(flags);
      showResponses(await interruptible((signal) => convertToRatings({ ...paths, signal })), flags);
    });
  add("rankings", "a row for each pair of responses of each prompt")
    .option("--input <file...>", responses)
    .action(async (flags: ResponsesFlags) => {
      const { convertToRankings } = await import("../../tools/sparse-feedback/convert-responses.ts");
      const paths = manyOf(flags);
      showResponses(await interruptible((signal) => convertToRankings({ ...paths, signal })), flags);
    });
  add("ratings-eval", "a row for each output of a model, those of the dataset selfinstruct left out")
    .alias("ratings_eval")
    .option("--input <file>", "outputs of a model {dataset, instruction, output, generator}")
    .action(async (flags: ConvertFlags) => {
      const { convertToRatingsEval } = await import("../../tools/sparse-feedback/convert-evaluation.ts");
      const paths = pathsOf(flags);
      showEvaluation(await interruptible((signal) => convertToRatingsEval({ ...paths, signal })), flags);
    });
  addRankingsEval(add);
}

function addRankingsEval(add: (name: string, about: string) => ReturnType<AssayCommand["command"]>): void {
  add("rankings-eval", "a row for each prompt: the reference model's output, then the aligned model's")
    .alias("rankings_eval")
    .option("--reference <file>", "outputs of the reference model {dataset, instruction, output, generator}")
    .option("--aligned <file>", "outputs of the aligned model")
    .option("--davinci-file <file>", "the same as --reference")
    .option("--alpaca-file <file>", "the same as --aligned")
    .option("--common-only", "leave out prompts that only one of the files has")
    .action(async (flags: ConvertFlags) => {
      const { convertToRankingsEval } = await import("../../tools/sparse-feedback/convert-evaluation.ts");
      const options = {
        reference: requiredFlag(
          "reference",
          flags.reference ?? flags.davinciFile,
          "name the reference model's outputs",
        ),
        aligned: requiredFlag(
          "aligned",
          flags.aligned ?? flags.alpacaFile,
          "name the aligned model's outputs",
        ),
        output: requiredFlag("output", flags.output, "name the CSV to write"),
        commonOnly: flags.commonOnly,
      };
      showEvaluation(await interruptible((signal) => convertToRankingsEval({ ...options, signal })), flags);
    });
}

function manyOf({ input = [], output }: ResponsesFlags): { input: string[]; output: string } {
  requiredFlag("input", input[0], "name the files to convert");
  return { input, output: requiredFlag("output", output, "name the CSV to write") };
}

function pathsOf({ input, output }: ConvertFlags): { input: string; output: string } {
  return {
    input: requiredFlag("input", input, "name the file to convert"),
    output: requiredFlag("output", output, "name the CSV to write"),
  };
}

function showResponses(done: ConvertedResponses, flags: ResponsesFlags): void {
  if (flags.json) {
    printJson(done);
    return;
  }
  print(
    `${done.output}: ${counted(done.rows, "row", "rows")}, of ${counted(done.prompts, "prompt", "prompts")} with ${counted(done.responses, "response", "responses")}`,
  );
  tellIf(
    done.emptyResponses,
    "response is empty; it is converted like the others",
    "responses are empty; they are converted like the others",
  );
  tellIf(
    done.shortPrompts,
    "prompt has fewer responses than the others",
    "prompts have fewer responses than the others",
  );
  tellIf(
    done.replaced,
    "cell held half of a surrogate pair, which is now U+FFFD",
    "cells held half of a surrogate pair, which is now U+FFFD",
  );
}

function showEvaluation(done: ConvertedRatingsEval | ConvertedRankingsEval, flags: ConvertFlags): void {
  if (flags.json) {
    printJson(done);
    return;
  }
  print(`${done.output}: ${counted(done.rows, "row", "rows")}`);
  tellIf(
    done.leftOut,
    "row of the dataset selfinstruct was left out",
    "rows of the dataset selfinstruct were left out",
  );
  if ("repeated" in done) {
    tellIf(
      done.repeated,
      "output repeats a prompt of its file; the first is used",
      "outputs repeat a prompt of their file; the first of each is used",
    );
    tellIf(
      done.onlyInReference,
      "prompt was left out: only the reference has it",
      "prompts were left out: only the reference has them",
    );
    tellIf(
      done.onlyInAligned,
      "prompt was left out: only the aligned model has it",
      "prompts were left out: only the aligned model has them",
    );
  }
  tellIf(
    done.replaced,
    "cell held half of a surrogate pair, which is now U+FFFD",
    "cells held half of a surrogate pair, which is now U+FFFD",
  );
}
