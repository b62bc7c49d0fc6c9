import { hash } from "node:crypto";
import { createRandom, type Random, randomOf } from "../../shared/random.ts";
import { type BatchClock, createBatchClock } from "./batches/batch-clock.ts";
import { type BatchStore, createBatchStore } from "./batches/batch-store.ts";
import { createFileStore, type FileStore } from "./files/file-store.ts";
import { type CallCounts, createCallCounts } from "./limits/call-counts.ts";
import { createLimitState, type LimitState } from "./limits/rate-limits.ts";
import { type PartialOptions, type Settings, SimulatorOptions, settingsOf } from "./options.ts";
import { createTally, type Tally } from "./stats.ts";

/** All state of one simulator. Times are milliseconds of a clock that never steps back. */
export type Simulation = {
  options: SimulatorOptions;
  settings: Settings;
  tally: Tally;
  calls: CallCounts;
  limits: Map<string, LimitState>;
  random: Random;
  /** Calls let in since start or reset; what `quotaCalls` is held against. */
  admitted: number;
  clock: BatchClock;
  files: FileStore;
  batches: BatchStore;
  /** How often each thing that faults or durations are drawn for was there before. */
  draws: Map<string, number>;
};

export function createSimulation(options: SimulatorOptions, nowMs: number): Simulation {
  return {
    options,
    settings: settingsOf(options),
    tally: createTally(nowMs),
    calls: createCallCounts(),
    limits: new Map(),
    random: seeded(options.seed),
    admitted: 0,
    clock: createBatchClock(options.batchSpeed),
    files: createFileStore(),
    batches: createBatchStore(),
    draws: new Map(),
  };
}

/**
 * Sets the given options and leaves the others. Buckets start full again; counts stay.
 * @throws ZodError where a value is wrong; nothing is changed then.
 */
export function configure(simulation: Simulation, partial: PartialOptions): void {
  const options = SimulatorOptions.parse({ ...simulation.options, ...partial });
  simulation.settings = settingsOf(options);
  simulation.options = options;
  simulation.limits.clear();
  simulation.random = seeded(options.seed);
  simulation.clock.setSpeed(options.batchSpeed);
}

/** Back to the state after start, without files and batches, with the options as they are now. */
export function reset(simulation: Simulation, nowMs: number): void {
  simulation.tally.reset(nowMs);
  simulation.calls.clear();
  simulation.limits.clear();
  simulation.random = seeded(simulation.options.seed);
  simulation.admitted = 0;
  simulation.draws.clear();
  forgetFiles(simulation);
}

/** Drops all batches, open ones too, and removes the files from disk. */
export function forgetFiles({ batches, files }: Simulation): void {
  batches.clear();
  files.clear();
}

/** Numbers that follow from the seed, from what they are drawn for, and from how often that was there before. */
export function drawFor({ draws, options }: Simulation, what: string): Random {
  const name = hash("sha256", `${options.seed}\0${what}`, "hex");
  const use = (draws.get(name) ?? 0) + 1;
  draws.set(name, use);
  return randomOf(name, use);
}

/** The limits of one key on one model; they start full at first use. */
export function limitsOf(simulation: Simulation, key: string, model: string, nowMs: number): LimitState {
  const name = `${key}\n${model}`;
  const known = simulation.limits.get(name);
  if (known) return known;
  const state = createLimitState(simulation.options, nowMs);
  simulation.limits.set(name, state);
  return state;
}

function seeded(seed: number): Random {
  return createRandom(seed, 0x9e3779b9, 0x243f6a88);
}
