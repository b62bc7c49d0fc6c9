import type { AssayCommand } from "../flags/command-line.ts";
import { addJobFlags } from "../flags/job-flags.ts";
import { JUDGE_FLAGS } from "../judge/judge-flags.ts";
import { addRunFlags, type RunFlags } from "../system/run-flags.ts";

export interface JudgeFlags extends RunFlags {
  requestsOnly?: boolean;
  rowsPerShard?: string;
}

export function addJudge(program: AssayCommand, argv: readonly string[]): void {
  const command = program
    .command("judge")
    .summary("rate, rank or compare responses with a model")
    .description(
      "Has a model judge responses: see docs/judging.md. What its replies do not say is asked for again, then quarantined\n" +
        "in <output>.errors.jsonl with its text; nothing is ever given a default score. Started again it goes on.\n" +
        "Exit codes: 0 done, 1 done with failed rows, 2 bad usage or input, 3 could not run, 130 interrupted.",
    );
  addJobFlags(command, JUDGE_FLAGS);
  addRunFlags(command);
  command
    .option("--requests-only", "write request files for the Batch API into the folder --output; make no call")
    .option("--rows-per-shard <rows>", "of a request file at most (default: 10000)")
    .action(async (given: JudgeFlags & Record<string, unknown>) => {
      const { runJudge } = await import("../judge/run-judge.ts");
      process.exitCode = await runJudge(given, argv);
    });
}
