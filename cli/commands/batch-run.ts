import { statSync } from "node:fs";
import type { Command } from "commander";
import type { FolderRunFlags } from "../batch/folder-run-flags.ts";
import type { AssayCommand } from "../flags/command-line.ts";

/** Adds `assay batch run`. */
export function addRun(batch: AssayCommand): void {
  batch
    .command("run")
    .summary("validate and upload a request file, or all of a folder, and create batches of them")
    .description(
      "Validates and uploads a request file and creates a batch of it; prints its id.\n" +
        "Of a folder: a batch of each file that the report lacks, as the limit of enqueued tokens lets them.",
    )
    .argument("[file]", "request file, or a folder of them (default: batchinput.jsonl)")
    .option("--file <file>", "the same")
    .option("--json", "as JSON")
    .optionsGroup("Of a folder:")
    .option("--batch-report <csv>", "(default: batch_infer_openai_results.csv)")
    .option(
      "--max-enqueued-tokens <tokens>",
      "that its batches may hold at once (default: what the provider takes in)",
    )
    .option("--poll <seconds>", "between looks while some wait (default: 60)")
    .option("--reconcile-wait <seconds>", "until a new batch shows in lists at the latest (default: 120)")
    .action(async (file: string | undefined, _: unknown, run: Command) => {
      process.exitCode = await runFileOrFolder({
        ...run.optsWithGlobals<FolderRunFlags>(),
        ...(file && { file }),
      });
    });
}

/** @returns the exit code */
export async function runFileOrFolder({
  file = "batchinput.jsonl",
  ...flags
}: FolderRunFlags): Promise<number> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    const { runFolder } = await import("../batch/run-folder.ts");
    return await runFolder(file, flags);
  }
  const { runBatch } = await import("../batch/run.ts");
  return await runBatch(file, flags);
}
