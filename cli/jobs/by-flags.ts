import { Option } from "commander";
import { JOB_KINDS, type JobKindName } from "../../services/coordinator/kinds/job-kinds.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { AGAIN } from "../flags/flag-groups.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { addRunFlags, hideRunFlags } from "../system/run-flags.ts";
import type { JobCommand } from "./job-command.ts";
import type { TypedByFlags, TypedFlags } from "./typed-by-flags.ts";

/** The commands of a kind whose message is typed by flags. */
export function byFlags(kind: JobKindName, typed: TypedByFlags): JobCommand {
  const { command: name } = JOB_KINDS[kind];
  return {
    add: (program, argv) => addRun(program.command(name), kind, typed, argv),
    addEstimate: (estimate, isDefault) =>
      addEstimate(isDefault ? estimate.defaultCommand(name) : estimate.command(name), kind, typed),
  };
}

function addRun(command: AssayCommand, kind: JobKindName, typed: TypedByFlags, argv: readonly string[]) {
  command.summary(typed.summary).description(typed.description);
  addJobFlags(command, typed.flags);
  addRunFlags(command);
  command
    .option("--dry-run", "print the first 3 request bodies, of several models one each; make no call")
    .option("--preview <rows>", "make the calls of the first rows, show them, store nothing");
  for (const { flags, about } of typed.otherWay?.options ?? []) command.option(flags, about);
  command.action(async (flags: TypedFlags) => {
    const { runTyped } = await import("./run-typed.ts");
    process.exitCode = await runTyped(kind, typed, flags, argv);
  });
}

/** It takes a line of the command that runs the job as it stands: what is only about running it is not looked at. */
function addEstimate(command: AssayCommand, kind: JobKindName, typed: TypedByFlags): void {
  command
    .summary(`of a line of \`assay ${command.name()}\``)
    .description(
      `Reads and checks all that \`assay ${command.name()}\` would read, and estimates tokens, cost and time on a sample of it.\n` +
        "Takes a line of that command as it stands. Makes no call.",
    );
  addJobFlags(
    command,
    typed.flags.filter((group) => group !== AGAIN),
  );
  command
    .optionsGroup("This command:")
    .option("--json", "as one JSON object")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)");
  addJobFlags(command, [AGAIN], { hidden: true });
  hideRunFlags(command);
  for (const flags of ["--dry-run", "--preview <rows>"]) command.addOption(new Option(flags).hideHelp());
  command.action(async (flags: TypedFlags) => {
    const { runEstimate } = await import("../estimate/run-estimate.ts");
    await runEstimate(kind, typed, flags);
  });
}
