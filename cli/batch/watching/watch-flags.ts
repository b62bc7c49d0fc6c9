import { UserError } from "../../../shared/errors.ts";
import {
  RESENDABLE,
  RESENT,
  type Resendable,
  type ResendPolicy,
} from "../../../tools/batch-watch/planning/resend-policy.ts";

/** Flags of `assay batch watch` that are no fields of a re-annotation. */
export interface WatchFlags extends Record<string, unknown> {
  batchObjectsFile?: string;
  batchReport?: string;
  outputDir?: string;
  outputFile?: string;
  errorFile?: string;
  annotators?: string;
  poll?: string;
  resubmit?: string;
  maxAttempts?: string;
  reconcileWait?: string;
  plot?: string;
  json?: boolean;
}

/** How a watch behaves. */
export interface WatchPace {
  policy: ResendPolicy;
  pollMs: number;
  reconcileWaitMs: number;
}

const MOST_ATTEMPTS = 100;
const DAY_SECONDS = 86_400;

/** @throws UserError naming the flag */
export function watchPace(flags: WatchFlags): WatchPace {
  const { poll = "60", maxAttempts = "5", reconcileWait = "120" } = flags;
  const kinds = kindsOf(flags.resubmit);
  if (kinds.has("missing") && flags.dataset === undefined) {
    throw new UserError(
      "--resubmit names missing, but no --dataset is given whose rows could be: give --dataset and --annotator.",
    );
  }
  return {
    policy: {
      kinds,
      ofJobs: flags.resubmit !== undefined,
      maxAttempts: wholeOf("max_attempts", maxAttempts, MOST_ATTEMPTS),
    },
    pollMs: secondsOf("poll", poll, 0.1) * 1000,
    reconcileWaitMs: secondsOf("reconcile_wait", reconcileWait, 0) * 1000,
  };
}

function kindsOf(text: string | undefined): ReadonlySet<Resendable> {
  if (text === undefined) return new Set(RESENT);
  if (text.trim() === "none") return new Set();
  const words = text.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !(RESENDABLE as readonly string[]).includes(word));
  if (wrong === undefined) return new Set(words as Resendable[]);
  throw new UserError(
    `--resubmit names ${JSON.stringify(wrong)}: give none, or some of ${RESENDABLE.join(", ")}, separated by commas.`,
  );
}

/** @throws UserError */
export function wholeOf(name: string, text: string, most: number): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new UserError(`--${name} is ${JSON.stringify(text)}: give a whole number from 1 to ${most}.`);
}

/** @throws UserError */
export function secondsOf(name: string, text: string, least: number): number {
  const seconds = text.trim() === "" ? Number.NaN : Number(text);
  if (seconds >= least && seconds <= DAY_SECONDS) return seconds;
  throw new UserError(
    `--${name} is ${JSON.stringify(text)}: give a number of seconds from ${least} to ${DAY_SECONDS}.`,
  );
}
