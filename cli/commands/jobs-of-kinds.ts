import { JOB_KINDS } from "../../services/coordinator/kinds/job-kinds.ts";
import { REANNOTATE_KIND } from "../../shared/contracts/messages/reannotate-message.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { JOB_COMMANDS } from "../jobs/job-commands.ts";

/** Adds the command of every kind of job, and `assay estimate` for all of them. */
export function addJobsOfKinds(program: AssayCommand, argv: readonly string[]): void {
  for (const { add } of Object.values(JOB_COMMANDS)) add(program, argv);
  const { command } = JOB_KINDS[REANNOTATE_KIND];
  const estimate = program
    .command("estimate")
    .summary("rows, tokens, cost and time of a job, before any call")
    .description(
      "Reads and checks all that a job would read, and estimates tokens, cost and time on a sample of it. Makes no call.\n" +
        `Put it before a line of a command: \`assay estimate judge ...\`; without one it is \`${command}\`'s.`,
    );
  for (const [kind, { addEstimate }] of Object.entries(JOB_COMMANDS))
    addEstimate(estimate, kind === REANNOTATE_KIND);
}
