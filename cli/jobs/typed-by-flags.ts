import type { CliConfig } from "../config.ts";
import type { FlagGroup } from "../flags/job-flags.ts";
import type { ModelsFile } from "../generate/models-file.ts";
import type { RunFlags } from "../system/run-flags.ts";
import type { JobToRun } from "./job-to-run.ts";

/** How a line is carried out, beside the fields of its message. */
export interface LineFlags extends RunFlags {
  dryRun?: boolean;
  preview?: string;
}

/** What was typed, by the flags' names in camel case. */
export type TypedFlags = LineFlags & Record<string, unknown>;

/** A job as it was typed, checked as far as that can be done here. */
export interface TypedJob {
  /** The message's body: given fields only, paths absolute. */
  message: Record<string, unknown>;
  /** Annotators that files of models describe. */
  described?: ModelsFile["described"];
}

/** Another thing that a command can do with what was typed, in place of a job. */
export interface OtherWay {
  /** The flag that asks for it, in camel case. */
  flag: string;
  /** It, and the flags that only this way reads, as they are shown. */
  options: readonly { flags: string; about: string }[];
  /** Every flag that it reads, as `flag`: others are refused. */
  reads: readonly string[];
  /** @returns the exit code @throws UserError */
  run(): Promise<(flags: TypedFlags, config: CliConfig) => Promise<number>>;
}

/**
 * How a kind of job is typed: all that its command has of its own. Running and following a job, estimates, dry runs and
 * previews are made of the message for every kind in the same way.
 */
export interface TypedByFlags {
  summary: string;
  description: string;
  /** Of the message, all of its fields. */
  flags: readonly FlagGroup[];
  /**
   * Loads what makes the message of the flags. @param elsewhere whether the system may run on another machine, and so
   * have other files @throws UserError in the sentences of the message's schema
   */
  read(): Promise<(flags: TypedFlags, elsewhere: boolean) => Promise<TypedJob>>;
  /** How its batches are watched with plain files, where its answers can be joined with what it read. */
  watchCommand?: NonNullable<JobToRun["watchCommand"]>;
  otherWay?: OtherWay;
}
