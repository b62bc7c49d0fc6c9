import type { AssayCommand } from "../flags/command-line.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { REANNOTATE_FLAGS } from "../reannotate/reannotate-flags.ts";
import { addRunFlags, type RunFlags } from "../system/run-flags.ts";

export interface ReannotateFlags extends RunFlags {
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
  addJobFlags(command, REANNOTATE_FLAGS);
  addRunFlags(command);
  command
    .option("--dry-run", "print the first 3 request bodies; make no call")
    .option("--preview <rows>", "make the calls of the first rows, show them, store nothing")
    .action(async (given: ReannotateFlags & Record<string, unknown>) => {
      const { runReannotate } = await import("../reannotate/run-reannotate.ts");
      process.exitCode = await runReannotate(given, argv);
    });
}
