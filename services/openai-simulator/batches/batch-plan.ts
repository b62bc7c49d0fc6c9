import type { Random } from "../../../shared/random.ts";
import { sample } from "../distribution.ts";
import type { Settings } from "../options.ts";

/** What was drawn for a batch when it was created; times are of the batch clock. */
export type BatchPlan = {
  /** From when on lists show it. */
  listedMs: number;
  validatedMs: number;
  /** From the end of validation to the first line, and to the last one. */
  idleMs: number;
  durationMs: number;
  /** Share of the lines that is ever answered: below 1 where the batch is to expire. */
  reachable: number;
  expiresMs: number;
  finalizingMs: number;
  cancellingMs: number;
  /** For what is drawn when the number of lines is known. */
  random: Random;
};

/** Draws all that becomes of a batch, but for the order of its lines. */
export function planBatch(settings: Settings, createdMs: number, random: Random): BatchPlan {
  const durationMs = sample(settings.batchDuration, random);
  const expiring = random() < settings.batchExpiring;
  // Drawn for every batch, so that another share of expiring ones changes nothing for those that stay as they were.
  const reached = random();
  return {
    durationMs,
    idleMs: durationMs * settings.batchIdle,
    reachable: expiring ? reached : 1,
    validatedMs: createdMs + sample(settings.batchValidation, random),
    listedMs: createdMs + sample(settings.batchListDelay, random),
    finalizingMs: sample(settings.batchFinalizing, random),
    cancellingMs: sample(settings.batchCancelling, random),
    expiresMs: createdMs + settings.batchWindowSeconds * 1000,
    random,
  };
}

/** How many of `count` lines are due: evenly over the batch's duration, but for the idle time at its beginning. */
export function dueLines(plan: BatchPlan, count: number, nowMs: number): number {
  const untilMs = Math.min(nowMs, plan.expiresMs);
  const firstMs = plan.validatedMs + plan.idleMs;
  const lastMs = plan.validatedMs + plan.durationMs;
  const share = untilMs >= lastMs ? 1 : Math.max(0, (untilMs - firstMs) / (lastMs - firstMs));
  // A batch that is to expire leaves at least one line.
  const reachable = plan.reachable < 1 ? Math.min(Math.floor(count * plan.reachable), count - 1) : count;
  return Math.min(Math.floor(count * share), reachable);
}

/** All lines in a random order. */
export function shuffledLines(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, line) => line);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
