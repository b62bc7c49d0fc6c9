import { setTimeout as delay, setImmediate } from "node:timers/promises";
import type { Simulation } from "../simulation.ts";
import { step } from "./batch-work.ts";

const TICK_MS = 10;
const SLICE_MS = 10;

/** Takes the open batches further, in turn and in small slices, until none is open; calls are answered in between. */
export async function driveBatches(simulation: Simulation): Promise<void> {
  const { batches } = simulation;
  if (batches.isWorking) return;
  batches.isWorking = true;
  for (let open = batches.open(); open.length > 0; open = batches.open()) {
    let isBusy = false;
    for (const batch of open) {
      if (batch.dropped || !step(simulation, batch, performance.now() + SLICE_MS)) continue;
      isBusy = true;
      await setImmediate();
    }
    // A timer that waits keeps no process alive: the listening server does.
    if (!isBusy) await delay(TICK_MS, undefined, { ref: false });
  }
  batches.isWorking = false;
}
