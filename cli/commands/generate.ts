import type { AssayCommand } from "../flags/command-line.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { GENERATE_FLAGS } from "../generate/generate-flags.ts";
import { addRunFlags, type RunFlags } from "../system/run-flags.ts";

export interface GenerateFlags extends RunFlags {
  dryRun?: boolean;
}

export function addGenerate(program: AssayCommand, argv: readonly string[]): void {
  const command = program
    .command("generate")
    .summary("let models answer prompts")
    .description(
      "Lets one or more models answer all prompts of one or more files, n times each if wanted; a model that fails holds\n" +
        "up none of the others. Started again with the same flags it goes on where it stopped: see docs/generate.md.\n" +
        "Exit codes: 0 done, 1 done with failures, 2 bad usage or input, 3 could not run, 130 interrupted.",
    );
  addJobFlags(command, GENERATE_FLAGS);
  addRunFlags(command);
  command
    .option("--dry-run", "print the first request body of each model; make no call")
    .action(async (flags: GenerateFlags & Record<string, unknown>) => {
      const { runGenerate } = await import("../generate/run-generate.ts");
      process.exitCode = await runGenerate(flags, argv);
    });
}
