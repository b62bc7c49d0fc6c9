import { join } from "node:path";
import { clock } from "../../cli/view/amounts.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import type { AssayCommand } from "../embedded-system.ts";
import type { SimulatorProcess } from "./simulator.ts";

/** What a job through batches came to, with one way of hedging. */
export interface HedgedJob {
  hedge: "off" | "batch";
  /** From its submission to its end. */
  seconds: number;
  rows: number;
  /** All of them, those that were sent a second time too. */
  batches: number;
  paidTwice: number;
}

/**
 * Runs the same job twice through batches, without and with hedging. The simulator forgets the first before the second, so
 * that both meet with the same durations; a system must be running.
 */
export async function runHedged(
  assay: AssayCommand,
  simulator: SimulatorProcess,
  job: { dataset: string; annotator: string; folder: string; rowsABatch: number; pollSeconds: number },
): Promise<[HedgedJob, HedgedJob]> {
  const run = async (hedge: HedgedJob["hedge"]) => {
    await simulator.reset();
    const { seconds, done: rows } = JSON.parse(
      assay.output([
        ...["reannotate", "--dataset", job.dataset, "--annotator", job.annotator, "--json"],
        ...["--batch", "--max_batch_size", String(job.rowsABatch), "--poll", String(job.pollSeconds)],
        ...["--hedge", hedge, "--save_dir", join(job.folder, `hedge-${hedge}`)],
        ...["--temp_dir", join(job.folder, `hedge-${hedge}/temp`)],
      ]),
    ) as JobView;
    const { repeatedPaidCalls, batches } = await simulator.stats();
    return { hedge, seconds, rows, batches: batches.created, paidTwice: repeatedPaidCalls };
  };
  return [await run("off"), await run("batch")];
}

/** What hedging may pay twice, unless it is told otherwise. */
const MOST_TWICE = 0.05;

/**
 * Both jobs beside each other. @param speed seconds of the provider's clock in a real one
 * @returns the table's lines, those that break a promise with an exclamation mark, and whether all hold
 */
export function hedgingTable(
  [off, on]: readonly [HedgedJob, HedgedJob],
  rows: number,
  speed: number,
): { lines: string[]; holds: boolean } {
  const minutes = ({ seconds }: HedgedJob) => clock(seconds * speed);
  const twice = ({ paidTwice }: HedgedJob) => `${paidTwice} (${((100 * paidTwice) / rows).toFixed(1)} %)`;
  const all: [string, string | number, string | number, boolean][] = [
    ["", "without hedging", "with hedging", true],
    ["time of the job on the provider's clock", minutes(off), minutes(on), on.seconds < off.seconds],
    ["batches", off.batches, on.batches, true],
    ["rows written", off.rows, on.rows, off.rows === rows && on.rows === rows],
    ["rows paid twice", twice(off), twice(on), off.paidTwice === 0 && on.paidTwice <= MOST_TWICE * rows],
  ];
  const lines = all.map(
    ([name, without, hedged, holds]) =>
      `${holds ? "  " : "! "}${name.padEnd(40)} ${String(without).padEnd(16)} ${hedged}`,
  );
  return { lines, holds: all.every(([, , , holds]) => holds) };
}
