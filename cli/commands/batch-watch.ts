import type { Command } from "commander";
import type { AssayCommand } from "../flags/command-line.ts";
import { HUB, MAPPING, ROWS, SAMPLING } from "../flags/flag-groups.ts";
import { addJobFlags, type FlagGroup } from "../flags/job-flags.ts";
import { WHAT } from "../reannotate/reannotate-flags.ts";

/** Here the annotator was chosen before: it has no default. */
const JOIN: FlagGroup = {
  heading: "Join with a dataset:",
  flags: WHAT.flags.map((flag) =>
    flag.name === "annotator" ? { ...flag, about: "model that the batches ask; names the output" } : flag,
  ),
};

/** Adds `assay batch watch`. */
export function addWatch(batch: AssayCommand): void {
  const command = batch
    .command("watch")
    .summary("see batches of any tool to their end, and rescue what they left")
    .description(
      "Polls batches until all have ended, fetches their results, sends again what has no answer, and joins it all.\n" +
        "Works on batches that another tool made, and goes on where it was broken off: see docs/batch-files.md.",
    )
    .optionsGroup("Which batches:")
    .option("--batch-objects-file <file>", "batch objects: a JSON array, a list, or one a line")
    .option("--batch-report <csv>", "id,input_file_id,local_filepath,shard; with --output-dir")
    .optionsGroup("Results:")
    .option("--output-file <file>", "of all batches, in row order (default: batch_results.jsonl)")
    .option("--error-file <file>", "requests without an answer (default: batch_errors.jsonl)")
    .option("--output-dir <folder>", "a file for each shard of the report")
    .option("--plot <file.svg>", "draw when the batches ended: histogram and cumulative curve")
    .option("--json", "print the summary as one JSON object")
    .optionsGroup("Pace:")
    .option("--poll <seconds>", "between looks (default: 60)")
    .option(
      "--resubmit <what,...>",
      "expired, cancelled, failed, errors (default: these four), missing, or none",
    )
    .option("--max-attempts <number>", "batches that a request may be in (default: 5)")
    .option("--reconcile-wait <seconds>", "until a new batch shows in lists at the latest (default: 120)");
  addJobFlags(command, [JOIN, MAPPING, HUB, ROWS, SAMPLING]);
  command
    .optionsGroup("This command:")
    .option("--overwrite", "replace an output that was made of something else")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
    .action(async (_: unknown, given: Command) => {
      const { watch } = await import("../batch/watching/watch.ts");
      process.exitCode = await watch(given.optsWithGlobals());
    });
}
