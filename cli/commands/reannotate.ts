import { UserError } from "../../shared/errors.ts";
import type { AssayCommand } from "../command-line.ts";
import { addJobFlags } from "../job-flags.ts";
import type { ReannotateFlags } from "../reannotate.ts";

/** Names of the predecessor's levels, and ours. */
const LEVELS: Record<string, string> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  warn: "warn",
  error: "error",
  critical: "fatal",
  fatal: "fatal",
};

export interface Flags extends ReannotateFlags {
  dryRun?: boolean;
  preview?: string;
}

export function addReannotate(program: AssayCommand, argv: readonly string[]): void {
  const command = program
    .command("reannotate")
    .summary("annotate a dataset anew")
    .description(
      "Annotates every row of a dataset anew with a model, through the system that runs here, or one brought up for it.\n" +
        "Started again with the same flags it goes on where it stopped. Flags may be written with _ or -.\n" +
        "Exit codes: 0 done, 1 done with failed rows, 2 bad usage or input, 3 could not run, 130 interrupted.",
    );
  addJobFlags(command, true);
  command
    .optionsGroup("This command:")
    .option("--detach", "submit, say how to watch, and return")
    .option("--json", "print the summary as one JSON object")
    .option("--dry-run", "print the first 3 request bodies; make no call")
    .option("--preview <rows>", "make the calls of the first rows, show them, store nothing")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
    .option("--simulator", "use the OpenAI simulator for OpenAI's models: no key, no cost")
    .option("--logging-level <level>", "of the services that this command starts (default: info)")
    .action(async (given: Flags & Record<string, unknown>) => {
      const { runReannotate } = await import("../run-reannotate.ts");
      process.exitCode = await runReannotate({ ...given, ...levelOf(given) }, argv);
    });
}

function levelOf({ loggingLevel }: Flags): { loggingLevel?: string } {
  if (loggingLevel === undefined) return {};
  const level = LEVELS[loggingLevel.toLowerCase()];
  if (level !== undefined) return { loggingLevel: level };
  throw new UserError(
    `--logging-level is ${JSON.stringify(loggingLevel)}: give debug, info, warning, error or critical.`,
  );
}
