import type { AssayCommand } from "../flags/command-line.ts";
import { AGAIN } from "../flags/flag-groups.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { addRunFlags, type RunFlags } from "../system/run-flags.ts";

/** Stages chained by their outputs. */
export function addPipeline(program: AssayCommand, argv: readonly string[]): void {
  const pipeline = program
    .command("pipeline")
    .summary("run stages that read what others have written")
    .description(
      "Runs jobs and file tools that are chained by their outputs, as a YAML file describes them: see docs/pipeline.md.",
    );
  const run = pipeline
    .command("run")
    .description(
      "Runs the stages of a file in their order, each as soon as what it reads is there. Run again it goes on where it\n" +
        "stopped, and makes anew what reads something that has changed, and nothing else.",
    )
    .argument("<file>", "YAML: stages, each with uses: and the fields of that command");
  addJobFlags(run, [AGAIN]);
  addRunFlags(run);
  run.action(async (file: string, flags: RunFlags & Record<string, unknown>) => {
    const { runPipeline } = await import("../pipeline/run-pipeline.ts");
    process.exitCode = await runPipeline(file, flags, argv);
  });
  pipeline
    .command("show")
    .description("its stages, their state, cost and files")
    .argument("<file>", "the file that `run` is given")
    .option("--json", "as one JSON object")
    .action(async (file: string, flags: { json?: boolean }) => {
      const { showPipeline } = await import("../pipeline/show-pipeline.ts");
      await showPipeline(file, flags);
    });
}
