import { ENDED, type JobEntry } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import { endedEntry, restartedEntry } from "../job/end-job.ts";

export type Change = "pause" | "resume" | "cancel" | "retry";

/**
 * A job's entry after a change that a person asked for; undefined where it is so already.
 * @throws UserError where the job's state does not allow it
 */
export function changedEntry(entry: JobEntry, change: Change): JobEntry | undefined {
  const ended = ENDED.has(entry.state);
  const refuse = (wayOut: string): never => {
    throw new UserError(`Job ${entry.id} is ${entry.state.replaceAll("_", " ")}: ${wayOut}`);
  };
  switch (change) {
    case "pause":
      if (entry.state === "paused") return undefined;
      if (ended || entry.state === "exporting") refuse("there is nothing to pause.");
      return {
        ...entry,
        state: "paused",
        reason: { code: "user", message: "Paused by a person: resume it to go on." },
      };
    case "resume":
      if (entry.state === "paused") return { ...entry, state: "running", reason: null };
      if (entry.state === "cancelled" || entry.state === "failed") return restartedEntry(entry);
      return ended ? refuse("nothing is left to do; retry tries failed rows again.") : undefined;
    case "cancel":
      if (entry.state === "cancelled") return undefined;
      if (ended) refuse("it is over already.");
      return endedEntry(entry, "cancelled", null);
    case "retry":
      if (entry.state === "completed") refuse("it has no failed rows.");
      return ended ? restartedEntry(entry) : refuse("failed rows can be tried again when it has ended.");
  }
}
