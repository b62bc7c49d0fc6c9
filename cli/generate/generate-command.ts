import type { TypedByFlags } from "../jobs/typed-by-flags.ts";
import { GENERATE_FLAGS } from "./generate-flags.ts";

/** How a generating job is typed. */
export const generateCommand: TypedByFlags = {
  summary: "let models answer prompts",
  description:
    "Lets one or more models answer all prompts of one or more files, n times each if wanted; a model that fails holds\n" +
    "up none of the others. Started again with the same flags it goes on where it stopped: see docs/generate.md.\n" +
    "Exit codes: 0 done, 1 done with failures, 2 bad usage or input, 3 could not run, 130 interrupted.",
  flags: GENERATE_FLAGS,
  read: async () => (await import("./generate-message.ts")).readGeneration,
};
