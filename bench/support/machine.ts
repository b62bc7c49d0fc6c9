import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "../../shared/installation/nats-server.ts";

/** What a figure depends on beside the program. */
export interface Machine {
  cores: number;
  memoryGiB: number;
  node: string;
  natsServer: string;
}

export async function describeMachine(): Promise<Machine> {
  const server = await findNatsServer(() => {});
  const version = execFileSync(server, ["--version"], { encoding: "utf8" });
  return {
    cores: availableParallelism(),
    memoryGiB: round(totalmem() / 1024 ** 3),
    node: process.version,
    natsServer: version.replace(/^\D*v?/, "").trim(),
  };
}

/** Load average of the last minute: what other programs take is missing from the figures. */
export function loadAverage(): number {
  return round(loadavg()[0]!);
}

export interface SyncTimes {
  p50Ms: number;
  p90Ms: number;
}

const APPENDED_BYTES = 20 * 1024;
const TIMES = 200;

/** How long an append of 20 KB takes to reach the disk in this folder: every commit waits for some of these. */
export function measureFdatasync(folder: string): SyncTimes {
  const path = join(folder, "fdatasync.probe");
  const file = openSync(path, "w");
  const bytes = Buffer.alloc(APPENDED_BYTES, "assay");
  const times: number[] = [];
  try {
    for (let time = 0; time < TIMES; time++) {
      writeSync(file, bytes);
      const startMs = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - startMs);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: times[TIMES * 0.5]!, p90Ms: times[TIMES * 0.9]! };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
