import type { JobEstimate } from "../../shared/annotators/cost/estimate.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";

/** A job as it was typed, checked as far as that can be done without a system. */
export interface JobToRun {
  /** Last token of the subject. */
  kind: string;
  /** The message's body: given fields only, paths absolute. */
  message: Record<string, unknown>;
  /** Names of the models that it calls. */
  annotators: readonly string[];
  /** What a system of these annotators would refuse the message for, said before one is brought up. @throws UserError */
  check(registry: Registry): void;
  /** What it will take of each model, as soon as all rows are counted; left out where nothing can be said. */
  estimate?(registry: Registry, allRows: Promise<number>, signal: AbortSignal): Promise<JobEstimate[]>;
  /** What to type to watch its batches without a system; undefined where there is nothing to watch. */
  watchCommand?(view: JobView, argv: readonly string[]): string | undefined;
  /** Where models are that the caller describes himself: a running system must know them as the same. */
  described?: ReadonlyMap<string, string>;
}
