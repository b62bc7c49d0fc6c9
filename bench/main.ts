import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

// Runs the benches one after another, each in a process of its own: `node bench/main.ts [--quick] [--rows=N] [NAME ...]`.

const BENCHES = [
  "start",
  "transport",
  "whole-path",
  "warm-up",
  "limits",
  "faults",
  "chaos",
  "memory",
  "judging",
  "batch-hedge",
  "batch-kill",
  "batch-memory",
  "batch-polling",
];

const words = process.argv.slice(2);
const wanted = words.filter((word) => /^[a-z]/.test(word));
const flags = words.filter((word) => !wanted.includes(word));
const unknown = wanted.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(", ")}: there are ${BENCHES.join(", ")}.\n`);
  process.exit(2);
}

const failed: string[] = [];
for (const name of wanted.length > 0 ? wanted : BENCHES) {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...flags], { stdio: "inherit" });
  // The terminal's Ctrl-C reaches the bench too: it ends in good order, and this after it.
  const wait = () => {};
  process.on("SIGINT", wait);
  const [code] = (await once(child, "exit")) as [number | null];
  process.off("SIGINT", wait);
  if (code === 130) process.exit(130);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) process.stdout.write(`Not as it must be, see above: ${failed.join(", ")}.\n`);
process.exit(failed.length === 0 ? 0 : 1);
