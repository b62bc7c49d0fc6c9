import { rm } from "node:fs/promises";
import { errorsPath } from "../../../tools/batch-files/error-lines.ts";
import { outcomesOf, writeMerged } from "../../../tools/batch-watch/outcomes/merge-results.ts";
import type { Outcomes } from "../../../tools/batch-watch/outcomes/outcomes.ts";
import type { WatchState } from "../../../tools/batch-watch/watching/watch-state.ts";
import type { WrittenRows } from "./watch-rows.ts";
import type { Targets } from "./watch-targets.ts";

/** What a watch has written. */
export interface WatchOutputs {
  answered: number;
  failed: number;
  /** Answers beyond the first of their request. */
  repeated: number;
  files: { path: string; answered: number; errors: string; failed: number }[];
  /** The re-annotation, where a dataset was given. */
  reannotated: WrittenRows | null;
}

/** Joins what the watched batches gave, and writes it. @param join writes the answers beside the rows of a dataset */
export async function writeOutputs(
  state: WatchState,
  targets: Targets,
  join?: (outcomes: Outcomes) => Promise<WrittenRows>,
  signal?: AbortSignal,
): Promise<WatchOutputs> {
  const written: WatchOutputs = {
    answered: 0,
    failed: 0,
    repeated: 0,
    files: [],
    reannotated: null,
  };
  const write = async (outcomes: Outcomes, output: string, errors: string) => {
    const { answered, failed, repeated } = outcomes;
    await writeMerged(outcomes, output, errors, signal);
    written.answered += answered;
    written.failed += failed;
    written.repeated += repeated;
    written.files.push({ path: output, answered, errors, failed });
  };
  if (targets.kind === "merged") {
    using outcomes = await outcomesOf(state);
    await write(outcomes, targets.output, targets.errors);
    signal?.throwIfAborted();
    written.reannotated = (await join?.(outcomes)) ?? null;
    return written;
  }
  for (const { batch, output } of targets.shards) {
    using outcomes = await outcomesOf(state, new Set([batch]));
    await write(outcomes, output, errorsPath(output));
    if (outcomes.failed === 0) await rm(errorsPath(output), { force: true });
  }
  return written;
}
