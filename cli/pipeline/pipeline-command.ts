import { JOB_KINDS } from "../../services/coordinator/kinds/job-kinds.ts";
import { PIPELINE_KIND } from "../../shared/contracts/messages/pipeline-message.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { AGAIN } from "../flags/flag-groups.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import type { JobCommand } from "../jobs/job-command.ts";
import { addRunFlags, type RunFlags } from "../system/run-flags.ts";

const { command: NAME } = JOB_KINDS[PIPELINE_KIND];

/** Stages chained by their outputs, as a file describes them. */
export const pipelineCommand: JobCommand = {
  add(program, argv) {
    const pipeline = program
      .command(NAME)
      .summary("run stages that read what others have written")
      .description(
        "Runs jobs and file tools that are chained by their outputs, as a YAML file describes them: see docs/pipeline.md.",
      );
    addRun(pipeline, argv);
    addShow(pipeline);
  },
  addEstimate(estimate) {
    estimate
      .command(NAME)
      .summary("of the stages of a file, as far as what they read is there")
      .description(
        "Estimates each stage of a pipeline that calls models and whose inputs are there. Of stages that read what others\n" +
          "will write it is said that nothing can be known yet. Makes no call.",
      )
      .argument("<file>", "the file that `assay pipeline run` is given")
      .option("--json", "as one JSON object")
      .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
      .action(async (file: string, flags: RunFlags) => {
        const { estimatePipeline } = await import("./estimate-pipeline.ts");
        await estimatePipeline(file, flags);
      });
  },
};

function addRun(pipeline: AssayCommand, argv: readonly string[]): void {
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
    const { runPipeline } = await import("./run-pipeline.ts");
    process.exitCode = await runPipeline(file, flags, argv);
  });
}

function addShow(pipeline: AssayCommand): void {
  pipeline
    .command("show")
    .description("its stages, their state, cost and files")
    .argument("<file>", "the file that `run` is given")
    .option("--json", "as one JSON object")
    .action(async (file: string, flags: { json?: boolean }) => {
      const { showPipeline } = await import("./show-pipeline.ts");
      await showPipeline(file, flags);
    });
}
