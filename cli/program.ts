import { assayVersion } from "../shared/installation/assay-version.ts";
import { addAgreement } from "./commands/agreement.ts";
import { addAnnotators } from "./commands/annotators.ts";
import { addBatch } from "./commands/batch.ts";
import { addConsistency } from "./commands/consistency.ts";
import { addConvert } from "./commands/convert.ts";
import { addDatasets } from "./commands/datasets.ts";
import { addDown } from "./commands/down.ts";
import { addJobs } from "./commands/jobs.ts";
import { addJobsOfKinds } from "./commands/jobs-of-kinds.ts";
import { addLogs } from "./commands/logs.ts";
import { addMix } from "./commands/mix.ts";
import { addPreferences } from "./commands/preferences.ts";
import { addPublish } from "./commands/publish.ts";
import { addReport } from "./commands/report.ts";
import { addSplit } from "./commands/split.ts";
import { addStatus } from "./commands/status.ts";
import { addUp } from "./commands/up.ts";
import { addWinrate } from "./commands/winrate.ts";
import { AssayCommand } from "./flags/command-line.ts";

/** All commands with their flags; each sets the process's exit code when it is through. @param argv what was typed */
export function buildProgram(argv: readonly string[]): AssayCommand {
  const program = new AssayCommand("assay");
  program
    .description("Re-annotates and judges datasets without losing, doubling or overpaying a single row.")
    .version(assayVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: false });
  program.commandsGroup("Jobs:");
  addJobsOfKinds(program, argv);
  addJobs(program);
  program.commandsGroup("Files:");
  addBatch(program);
  addConvert(program);
  addMix(program);
  addPreferences(program);
  addSplit(program);
  addConsistency(program);
  addWinrate(program);
  addAgreement(program);
  addReport(program);
  addPublish(program);
  program.commandsGroup("Names:");
  addAnnotators(program);
  addDatasets(program);
  program.commandsGroup("System:");
  addUp(program);
  addDown(program);
  addStatus(program);
  addLogs(program);
  return program;
}
