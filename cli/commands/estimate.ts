import { Option } from "commander";
import type { AssayCommand } from "../flags/command-line.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { ESTIMATE_FLAGS } from "../reannotate/reannotate-flags.ts";

export interface EstimateFlags extends Record<string, unknown> {
  json?: boolean;
  annotators?: string;
}

/** So that a line of `assay reannotate` is estimated as it stands. */
const ONLY_REANNOTATE = [
  ...["--retry-failed", "--resume", "--overwrite", "--detach", "--simulator", "--logging-level <level>"],
  ...["--dry-run", "--preview <rows>"],
];

export function addEstimate(program: AssayCommand): void {
  const command = program
    .command("estimate")
    .summary("rows, tokens, cost and time of a job, before any call")
    .description(
      "Reads and checks the whole dataset and estimates tokens, cost and time on a sample of it. Makes no call.",
    );
  addJobFlags(command, ESTIMATE_FLAGS);
  command
    .optionsGroup("This command:")
    .option("--json", "as one JSON object")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)");
  for (const flag of ONLY_REANNOTATE) command.addOption(new Option(flag).hideHelp());
  command.action(async (flags: EstimateFlags) => {
    const { runEstimate } = await import("../estimate/run-estimate.ts");
    await runEstimate(flags);
  });
}
