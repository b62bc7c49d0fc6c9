import { type Command, Option } from "commander";
import { UserError } from "../../shared/errors.ts";
import type { BatchFlags } from "../batch/batch-flags.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { SAMPLING_AS_GIVEN } from "../flags/flag-groups.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { addRun, runFileOrFolder } from "./batch-run.ts";
import { addWatch } from "./batch-watch.ts";

/** Files for the Batch API and of it, and the batches themselves. None of this needs a system to run. */
export function addBatch(program: AssayCommand): void {
  const batch = program
    .command("batch")
    .summary("make, check, run and read files of the Batch API")
    .description(
      "Files and batches of OpenAI's Batch API: see docs/batch-files.md. Needs no running system.\n" +
        "Without a command it lists batches. The key comes from OPENAI_API_KEY or the file openai.tok.",
    );
  addOldSpellings(batch);
  addCreateInput(batch);
  addFileCommands(batch);
  addRun(batch);
  addProviderCommands(batch);
  addWatch(batch);
}

function addFileCommands(batch: AssayCommand): void {
  batch
    .command("validate")
    .description("check a request file against the Batch API's rules, before any upload")
    .argument("[file]", "request file", "batchinput.jsonl")
    .option("--json", "as one JSON object")
    .action(async (file: string, _: unknown, validate: Command) => {
      const { runValidate } = await import("../batch/validate.ts");
      process.exitCode = await runValidate(file, validate.optsWithGlobals());
    });
  batch
    .command("reformat")
    .aliases(["reformat_results", "reformat-results"])
    .description("turn results into lines {id, generated_text}; those that failed go to FILE.errors.jsonl")
    .option("--input-file <file>", "results")
    .option("--output-file <file>", "where the texts go")
    .option("--source-type <type>", "openai, openai_batch or finetuned", "openai_batch")
    .option("--json", "print the counts as one JSON object")
    .action(async (_: unknown, reformat: Command) => {
      const { runReformat } = await import("../batch/reformat.ts");
      process.exitCode = await runReformat(reformat.optsWithGlobals());
    });
}

function addProviderCommands(batch: AssayCommand): void {
  const add = (name: string, about: string) =>
    batch.command(name).description(about).option("--json", "as JSON");
  const addOne = (name: string, about: string) =>
    add(name, about).option("--id <batch>", "(default: the one in last_batch_id.tok)");
  add("list", "list the latest batches")
    .option("--limit <batches>", "so many at most (default: 20)")
    .action((_: unknown, list: Command) => act("list", list.optsWithGlobals()));
  addOne("check", "how far a batch is").action((_: unknown, check: Command) =>
    act("check", check.optsWithGlobals()),
  );
  addOne("cancel", "end a batch; what is done of it is kept").action((_: unknown, cancel: Command) =>
    act("cancel", cancel.optsWithGlobals()),
  );
  addOne("download", "fetch the results of a finished batch; errors go to PATH.errors.jsonl")
    .argument("<path>", "where the results go")
    .action((download: string, _: unknown, command: Command) =>
      act("download", { ...command.optsWithGlobals<BatchFlags>(), download }),
    );
}

/**
 * `assay batch --run --file F` and the like, as earlier scripts have them. Commander gives these flags to `batch` also
 * where they stand behind one of its commands: those read them with `optsWithGlobals`.
 */
function addOldSpellings(batch: AssayCommand): void {
  const hidden = (flags: string) => new Option(flags).hideHelp();
  batch.argument("[command]");
  for (const flags of ["--run", "--check", "--cancel", "--download <path>", "--file <file>", "--id <batch>"])
    batch.addOption(hidden(flags));
  batch.addOption(hidden("--json")).addOption(hidden("--limit <batches>"));
  batch.action(async (word: string | undefined, flags: BatchFlags & Record<string, unknown>) => {
    if (word !== undefined)
      batch.error(`error: unknown command '${word}'`, { code: "commander.unknownCommand" });
    const asked = (["run", "check", "cancel", "download"] as const).filter((action) => flags[action]);
    if (asked.length > 1)
      throw new UserError(`--${asked.join(" and --")} exclude each other: give one of them.`);
    await act(asked[0] ?? "list", flags);
  });
}

async function act(
  action: "list" | "run" | "check" | "cancel" | "download",
  flags: BatchFlags,
): Promise<void> {
  if (action === "run") {
    process.exitCode = await runFileOrFolder(flags);
  } else if (action === "download") {
    const { downloadBatch } = await import("../batch/download.ts");
    process.exitCode = await downloadBatch(flags.download!, flags);
  } else {
    const { cancelBatch, checkBatch, listBatches } = await import("../batch/look.ts");
    const carryOut = { cancel: cancelBatch, check: checkBatch, list: listBatches }[action];
    process.exitCode = await carryOut(flags);
  }
}

function addCreateInput(batch: AssayCommand): void {
  const command = batch
    .command("create-input")
    .aliases(["create_input", "create_batchinput"])
    .description("make a request file from the rows of a JSON, JSONL, CSV or Parquet file")
    .option("--input-file <file>", "rows: instructions, chats, or a prompt or text column")
    .option("--output-file <file>", "request file (default: batchinput.jsonl)")
    .option("--model-name <model>", "as the provider names it")
    .option("--system <text or file>", "system prompt of every row")
    .option("--template <text or file>", "prompt with {column} placeholders")
    .option("--columns <role=column,...>", "roles: instruction, input, prompt, messages, system")
    .option("--schema <file>", "JSON schema that every answer must follow")
    .option("--row-numbers", "number the rows, whatever ids they have")
    .option("--skip-bad-rows", "leave out rows that cannot be asked, and list them")
    .option("--json", "print what was written as one JSON object")
    .action(async (_: unknown, createInput: Command) => {
      const { runCreateInput } = await import("../batch/create-input.ts");
      process.exitCode = await runCreateInput(createInput.optsWithGlobals());
    });
  addJobFlags(command, [SAMPLING_AS_GIVEN]);
}
