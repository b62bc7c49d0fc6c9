import { appendFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeMachine, loadAverage, type Machine, measureFdatasync, type SyncTimes } from "./machine.ts";

/** A measured figure, and what it is held against. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  atLeast?: number;
  atMost?: number;
}

/** One bench's table. Gates are shown, not enforced: another machine has other figures. Checks are enforced. */
export interface Report {
  figure(figure: Figure): void;
  /** Something that must hold on every machine; a check that fails makes the bench end with exit code 1. */
  check(what: string, holds: boolean, detail?: string): void;
  /** Beside the table, for who reads on. */
  note(line: string): void;
  /** Prints the table and appends the figures to bench/results. */
  close(): void;
}

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** @param storeFolder the folder, or its future parent, where the broker's store lies */
export async function openReport(question: string, title: string, storeFolder: string): Promise<Report> {
  const machine = await describeMachine();
  const sync = measureFdatasync(storeFolder);
  const loadAtStart = loadAverage();
  const figures: Figure[] = [];
  const checks: { what: string; holds: boolean; detail: string }[] = [];
  const notes: string[] = [];
  return {
    figure: (figure) => void figures.push(figure),
    check: (what, holds, detail = "") => void checks.push({ what, holds, detail }),
    note: (line) => void notes.push(line),
    close: () => {
      const surroundings = { machine, sync, loadAtStart, loadAtEnd: loadAverage() };
      print([title, ...linesOf(surroundings), "", ...tableOf(figures), ...checksOf(checks), ...notes, ""]);
      keep(question, { question, title, ...surroundings, figures, checks });
      if (checks.some(({ holds }) => !holds)) process.exitCode = 1;
    },
  };
}

interface Surroundings {
  machine: Machine;
  sync: SyncTimes;
  loadAtStart: number;
  loadAtEnd: number;
}

function linesOf({ machine, sync, loadAtStart, loadAtEnd }: Surroundings): string[] {
  return [
    `machine  ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, nats-server ${machine.natsServer}`,
    `load     ${loadAtStart} at the start, ${loadAtEnd} at the end`,
    `disk     append of 20 KB + fdatasync, measured before: p50 ${ms(sync.p50Ms)}, p90 ${ms(sync.p90Ms)}`,
  ];
}

function tableOf(figures: readonly Figure[]): string[] {
  const header = ["", "measured", "gate", "reached"];
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure.value, figure.unit),
    gateOf(figure),
    reached(figure),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => [...row[column]!].length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

function gateOf({ atLeast, atMost, unit }: Figure): string {
  if (atLeast !== undefined) return `at least ${shown(atLeast, unit)}`;
  return atMost === undefined ? "" : `at most ${shown(atMost, unit)}`;
}

function reached({ value, atLeast, atMost }: Figure): string {
  if (atLeast === undefined && atMost === undefined) return "";
  return value >= (atLeast ?? value) && value <= (atMost ?? value) ? "yes" : "no";
}

function checksOf(checks: readonly { what: string; holds: boolean; detail: string }[]): string[] {
  return checks.map(
    ({ what, holds, detail }) => `${holds ? "ok   " : "WRONG"} ${what}${detail === "" ? "" : `: ${detail}`}`,
  );
}

function shown(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  const number = value.toLocaleString("en-US", {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  });
  return unit === "" ? number : `${number} ${unit}`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

function keep(question: string, result: object): void {
  mkdirSync(RESULTS, { recursive: true });
  const at = new Date().toISOString();
  appendFileSync(`${RESULTS}${question}.jsonl`, `${JSON.stringify({ at, ...result })}\n`);
}
