import type { TypedByFlags } from "../jobs/typed-by-flags.ts";
import { REANNOTATE_FLAGS } from "./reannotate-flags.ts";
import { watchCommand } from "./watch-command.ts";

/** How a re-annotation is typed. */
export const reannotateCommand: TypedByFlags = {
  summary: "annotate a dataset anew",
  description:
    "Annotates every row of a dataset anew with a model, through the system that runs here, or one brought up for it.\n" +
    "Started again with the same flags it goes on where it stopped. Flags may be written with _ or -.\n" +
    "Exit codes: 0 done, 1 done with failed rows, 2 bad usage or input, 3 could not run, 130 interrupted.",
  flags: REANNOTATE_FLAGS,
  read: async () => (await import("./reannotate-message.ts")).typedReannotation,
  watchCommand,
};
