import { UserError } from "../../shared/errors.ts";
import { type FlagGroup, flagKeys } from "../flags/job-flags.ts";
import type { OtherWay, TypedByFlags, TypedFlags } from "./typed-by-flags.ts";

/** What becomes of a line: a job, its first requests on paper, its first calls, or the other way that its kind has. */
export type LineWay = "job" | "dryRun" | "preview" | "other";

/** Which flags beside the message's fields each way reads. A job that is not followed starts its services by `up`. */
const READ = {
  job: ["json", "annotators", "simulator", "detach", "loggingLevel"],
  detached: ["json", "annotators", "simulator", "detach"],
  dryRun: ["json", "annotators", "simulator", "dryRun"],
  preview: ["json", "annotators", "simulator", "preview"],
} as const;

/**
 * The way that a line is meant. A flag that it would not read is refused by name, so that nobody believes it holds.
 * @throws UserError
 */
export function wayOf(flags: TypedFlags, { flags: groups, otherWay }: TypedByFlags): LineWay {
  if (otherWay !== undefined) {
    if (flags[otherWay.flag]) {
      refuseUnread(flags, otherWay.flag, otherWay.reads);
      return "other";
    }
    refuseFlagsOf(otherWay, flags);
  }
  const way = flags.dryRun ? "dryRun" : flags.preview !== undefined ? "preview" : "job";
  if (way !== "job") refuseUnread(flags, way, [...keysOf(groups), ...READ[way]]);
  else if (flags.detach) refuseUnread(flags, "detach", [...keysOf(groups), ...READ.detached]);
  return way;
}

function keysOf(groups: readonly FlagGroup[]): string[] {
  return groups.flatMap(({ flags }) => flags.flatMap(flagKeys));
}

function refuseUnread(flags: TypedFlags, way: string, reads: readonly string[]): void {
  const unread = Object.keys(flags).find((name) => !reads.includes(name));
  if (unread === undefined) return;
  throw new UserError(`--${spelled(unread)} means nothing with --${spelled(way)}: leave one of them out.`);
}

/** What another way alone reads. */
function refuseFlagsOf({ flag, options }: OtherWay, flags: TypedFlags): void {
  const own = options.map((option) => flagKey(option.flags));
  const stray = own.find((name) => name !== flag && flags[name] !== undefined);
  if (stray === undefined) return;
  throw new UserError(`--${spelled(stray)} belongs to --${spelled(flag)}: leave it out, or give both.`);
}

/** Of an option as it is shown: `--rows-per-shard <rows>` is rowsPerShard. */
function flagKey(shown: string): string {
  return shown
    .replace(/^--(\S+).*$/, "$1")
    .replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function spelled(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
