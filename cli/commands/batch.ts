import type { AssayCommand } from "../command-line.ts";

export interface FileFlags {
  inputFile?: string;
  outputFile?: string;
  json?: boolean;
}

export interface CreateFlags extends FileFlags {
  modelName?: string;
  system?: string;
  template?: string;
  columns?: string;
  temperature?: string;
  maxTokens?: string;
  schema?: string;
  skipBadRows?: boolean;
  rowNumbers?: boolean;
}

/** Files for the Batch API and of it. None of this needs a system to run. */
export function addBatch(program: AssayCommand): void {
  const batch = program
    .command("batch")
    .summary("make, check and read files of the Batch API")
    .description("Files of OpenAI's Batch API: see docs/batch-files.md. Needs no running system.");
  addCreateInput(batch);
  batch
    .command("validate")
    .description("check a request file against the Batch API's rules, before any upload")
    .argument("[file]", "request file", "batchinput.jsonl")
    .option("--json", "as one JSON object")
    .action(async (file: string, flags: FileFlags) => {
      const { runValidate } = await import("../batch/validate.ts");
      process.exitCode = await runValidate(file, flags);
    });
  batch
    .command("reformat")
    .description("turn results into lines {id, generated_text}; those that failed go to FILE.errors.jsonl")
    .option("--input-file <file>", "results")
    .option("--output-file <file>", "where the texts go")
    .option("--source-type <type>", "openai, openai_batch or finetuned", "openai_batch")
    .option("--json", "print the counts as one JSON object")
    .action(async (flags: FileFlags & { sourceType: string }) => {
      const { runReformat } = await import("../batch/reformat.ts");
      process.exitCode = await runReformat(flags);
    });
}

function addCreateInput(batch: AssayCommand): void {
  batch
    .command("create-input")
    .alias("create-batchinput")
    .description("make a request file from the rows of a JSON, JSONL, CSV or Parquet file")
    .option("--input-file <file>", "rows: instructions, chats, or a prompt or text column")
    .option("--output-file <file>", "request file (default: batchinput.jsonl)")
    .option("--model-name <model>", "as the provider names it")
    .option("--system <text or file>", "system prompt of every row")
    .option("--template <text or file>", "prompt with {column} placeholders")
    .option("--columns <role=column,...>", "roles: instruction, input, prompt, messages, system")
    .option("--temperature <0..2>", "(default: the model's)")
    .option("--max-tokens <tokens>", "of an answer at most (default: the model's)")
    .option("--schema <file>", "JSON schema that every answer must follow")
    .option("--row-numbers", "number the rows, whatever ids they have")
    .option("--skip-bad-rows", "leave out rows that cannot be asked, and list them")
    .option("--json", "print what was written as one JSON object")
    .action(async (flags: CreateFlags) => {
      const { runCreateInput } = await import("../batch/create-input.ts");
      process.exitCode = await runCreateInput(flags);
    });
}
