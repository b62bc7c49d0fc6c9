import type { MixOptions, MixWritten } from "../../tools/preferences/mixing/annotation-mix.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { wholeNumber } from "../flags/whole-number.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";

interface MixFlags {
  name?: string;
  inputDir?: string;
  outputDir?: string;
  promptTemplate: string;
  idCol: string;
  oneSideModel?: string;
  responses: string;
  sample: string;
  seed: string;
  include?: string[];
  exclude?: string[];
  json?: boolean;
}

/** Mixes several models' responses for a judge. Plain files: no system is needed. */
export function addMix(program: AssayCommand): void {
  const names = (value: string, before: string[] = []) => [...before, ...value.split(",").filter(Boolean)];
  program
    .command("mix")
    .summary("mix several models' responses for a judge")
    .description(
      "Draws models' responses to each prompt, and writes what a judge is asked: see docs/judging.md.",
    )
    .option("--name <name>", "folder of the shards, in the output folder")
    .option(
      "--input-dir <folder>",
      "a folder for each model, with rows {text, outputs: [{text}], ...} in JSONL, JSON, CSV or Parquet",
    )
    .option("--output-dir <folder>", "where full/ and the shards go")
    .option(
      "--prompt-template <name|folder>",
      "ultrafeedback, or a folder with a file for each aspect",
      "ultrafeedback",
    )
    .option("--id-col <column>", "column that holds a prompt's id", "id")
    .option("--one-side-model <model>", "this model's response and one other's for each prompt")
    .option("--responses <n>", "responses a prompt", "4")
    .option("--sample <n>", "this many prompts; 0: all", "0")
    .option("--seed <number>", "another one draws others", "0")
    .option("-x, --exclude <model,...>", "leave these models out", names)
    .option("-y, --include <model,...>", "take these models only", names)
    .option("--json", "print the counts as JSON")
    .action(runMix);
}

async function runMix(flags: MixFlags): Promise<void> {
  const { writeAnnotationMix } = await import("../../tools/preferences/mixing/annotation-mix.ts");
  const { loadJudging } = await import("../../shared/judging/load-judging.ts");
  const options: MixOptions = {
    name: requiredFlag("name", flags.name, "name the folder of the shards"),
    input: requiredFlag("input_dir", flags.inputDir, "name the folder that has one for each model"),
    output: requiredFlag("output_dir", flags.outputDir, "name the folder to write to"),
    judging: await loadJudging({ method: "ultrafeedback", promptTemplate: flags.promptTemplate }),
    idColumn: flags.idCol,
    oneSide: flags.oneSideModel,
    responses: wholeNumber("responses", flags.responses, 1),
    sample: wholeNumber("sample", flags.sample, 0),
    seed: wholeNumber("seed", flags.seed, 0),
    include: flags.include,
    exclude: flags.exclude,
  };
  const done = await interruptible((signal) => writeAnnotationMix({ ...options, signal }));
  if (flags.json) printJson(done);
  else show(done, options);
}

function show(done: MixWritten, { responses = 0, oneSide }: MixOptions): void {
  for (const path of Object.values(done.files)) print(`${path}: ${counted(done.rows, "prompt", "prompts")}`);
  tell(`${done.responses} responses a prompt, of ${done.models.length} models (seed ${done.seed}).`);
  if (oneSide === undefined && done.responses < responses) {
    tell(`There are fewer than the ${responses} models that --responses asks for: all of them are taken.`);
  }
  tellIf(
    done.incomplete,
    "prompt was left out: a model has no response to it",
    "prompts were left out: a model has no response to them",
  );
  tellIf(
    done.repeated,
    "row repeats a prompt of its model; the first counts",
    "rows repeat a prompt of their model; the first of each counts",
  );
  tellIf(
    done.emptyResponses,
    "response is empty; it is mixed like the others",
    "responses are empty; they are mixed like the others",
  );
}
