import { CommanderError } from "commander";
import { EXIT, messageOf, UserError } from "../shared/errors.ts";
import { exitCodeOfHelp, withHelpFlag, withHyphens } from "./flags/command-line.ts";
import { Interrupted } from "./jobs/interrupt.ts";
import { buildProgram } from "./program.ts";
import { tell } from "./view/terminal.ts";

/** Carries out a command line; what goes wrong is said in one sentence. @returns the exit code */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    const words = inFull(argv);
    const program = buildProgram(words);
    await program.parseAsync(withHyphens(withHelpFlag(words, program), program), { from: "user" });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    return exitCodeOf(error);
  }
}

const OF_JOBS = new Set(["show", "watch", "rows", "export", "refused", "pause", "resume", "cancel", "retry"]);

/** `assay watch J` is short for `assay jobs watch J`. */
function inFull(argv: readonly string[]): readonly string[] {
  if (argv[0] === "help") return ["help", ...inFull(argv.slice(1))];
  return OF_JOBS.has(argv[0] ?? "") ? ["jobs", ...argv] : argv;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return exitCodeOfHelp(error);
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof UserError) {
    tell(`Error: ${error.message}`);
    return error.exitCode;
  }
  tell(`Error: assay failed in a way that it should not (${messageOf(error)}): please report this.`);
  if (error instanceof Error && error.stack) tell(error.stack.split("\n").slice(1).join("\n"));
  return EXIT.couldNotRun;
}
