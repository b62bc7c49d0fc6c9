import { type Command, Option } from "commander";
import { UserError } from "../../shared/errors.ts";

/** How a command runs its job, whatever the job. */
export interface RunFlags {
  detach?: boolean;
  json?: boolean;
  simulator?: boolean;
  loggingLevel?: string;
  annotators?: string;
}

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

export function addRunFlags(command: Command): void {
  command
    .optionsGroup("This command:")
    .option("--detach", "submit, say how to watch, and return")
    .option("--json", "print the summary as one JSON object")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
    .option("--simulator", "use the OpenAI simulator for OpenAI's models: no key, no cost")
    .option("--logging-level <level>", "of the services that this command starts (default: info)");
}

/** Takes the flags that are only about running a job, and shows none of them. */
export function hideRunFlags(command: Command): void {
  for (const flags of ["--detach", "--simulator", "--logging-level <level>"])
    command.addOption(new Option(flags).hideHelp());
}

/** The level as the services name it; undefined where none is given. @throws UserError */
export function levelOf({ loggingLevel }: RunFlags): string | undefined {
  if (loggingLevel === undefined) return undefined;
  const level = LEVELS[loggingLevel.toLowerCase()];
  if (level !== undefined) return level;
  throw new UserError(
    `--logging-level is ${JSON.stringify(loggingLevel)}: give debug, info, warning, error or critical.`,
  );
}
