import { join } from "node:path";
import type { JobView } from "../shared/contracts/jobs-api.ts";
import { benchArguments } from "./support/arguments.ts";
import type { Child } from "./support/child.ts";
import { follow, submit } from "./support/job.ts";
import { watchMemory } from "./support/memory.ts";
import { readMetrics } from "./support/metrics.ts";
import { openReport } from "./support/report.ts";
import { instructionRows, writeRows } from "./support/rows.ts";
import { benchFolder, NOOP_ANNOTATOR, startSystem } from "./support/system.ts";

// Whether services need more memory the longer a job is, and how long a coordinator that was killed late in a long
// job takes until rows move again.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 100_000 : 1_000_000);
const LIMIT_MIB = 256;
const GROWTH_MIB = 20;
const RESTART_SECONDS = 3;
const WITHIN_MS = 1_200_000;

const folder = benchFolder(args.keep);
const report = await openReport("memory", `Memory: ${count} rows through a no-op dispatcher`, folder);
await using system = await startSystem(folder, {});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));

await measureMemory();
await measureRestart();
report.close();

async function start(name: string): Promise<string> {
  const saveDir = join(system.data, name);
  const message = { dataset, annotator: NOOP_ANNOTATOR, save_dir: saveDir, format: "jsonl" };
  return await submit(system.broker, message);
}

async function measureMemory(): Promise<void> {
  const services = [...system.coordinators, ...system.dispatchers];
  const watch = watchMemory([...services, system.nats]);
  const job = await start("memory");
  await follow(system.broker, job, { withinMs: WITHIN_MS, until: atShare(0.1) });
  const early = new Map(services.map(({ name }) => [name, watch.now(name)]));
  await follow(system.broker, job, { withinMs: WITHIN_MS, until: atShare(0.3) });
  const warm = new Map(services.map(({ name }) => [name, watch.now(name)]));
  const ended = await follow(system.broker, job, { withinMs: WITHIN_MS, until: atShare(1) });
  const late = new Map(services.map(({ name }) => [name, watch.now(name)]));
  await follow(system.broker, job, { withinMs: WITHIN_MS });
  watch.stop();
  for (const { name } of services) {
    const [at10, at100] = [early.get(name)!, late.get(name)!];
    report.figure({
      what: `${name}, resident at 10 % of the rows`,
      value: at10,
      unit: "MiB",
      atMost: LIMIT_MIB,
    });
    report.figure({ what: `${name}, resident at 100 %`, value: at100, unit: "MiB", atMost: LIMIT_MIB });
    report.figure({ what: `${name}, growth between`, value: at100 - at10, unit: "MiB", atMost: GROWTH_MIB });
    // After a second a service is not warm yet: its code is being compiled, and its heap has not had its full size.
    report.figure({ what: `${name}, growth from 30 % on`, value: at100 - warm.get(name)!, unit: "MiB" });
    report.figure({ what: `${name}, peak`, value: watch.peak(name), unit: "MiB", atMost: LIMIT_MIB });
  }
  report.figure({ what: "nats-server, peak", value: watch.peak("nats"), unit: "MiB" });
  report.figure({ what: "first feed to last commit", value: count / ended.seconds, unit: "rows/s" });
  report.check("all rows are done", ended.done === count, `${ended.done} of ${count}`);
}

async function measureRestart(): Promise<void> {
  const coordinator = system.coordinators[0]!;
  const job = await start("restart");
  const before = await follow(system.broker, job, { withinMs: WITHIN_MS, everyMs: 20, until: atShare(0.9) });
  const killedMs = performance.now();
  await coordinator.kill();
  const fed = feedsAgain(coordinator).then(() => performance.now());
  const moved = await follow(system.broker, job, {
    withinMs: 60_000,
    everyMs: 10,
    until: ({ done }) => done > before.done,
  });
  const movedMs = performance.now();
  const ended = await follow(system.broker, job, { withinMs: WITHIN_MS });
  report.figure({
    what: `killed at ${Math.round((100 * before.done) / count)} %: until rows are committed again`,
    value: (movedMs - killedMs) / 1000,
    unit: "s",
    atMost: RESTART_SECONDS,
  });
  const fedMs = await Promise.race([fed, undefined]);
  if (fedMs === undefined) report.note("All rows had been fed before the kill: feeding again was not seen.");
  else {
    const seconds = (fedMs - killedMs) / 1000;
    report.figure({ what: "until rows are fed again", value: seconds, unit: "s", atMost: RESTART_SECONDS });
  }
  report.check("progress went on where it was", moved.done >= before.done && ended.done === count);
}

function atShare(share: number): (view: JobView) => boolean {
  return ({ rows, done, failed }) => rows !== null && done + failed >= share * rows;
}

/** Resolves when the started-again process has published rows; never, where there are none left. */
async function feedsAgain(coordinator: Child): Promise<void> {
  await coordinator.ready();
  const giveUpAt = performance.now() + 60_000;
  while (performance.now() < giveUpAt) {
    const metrics = await readMetrics(coordinator.http());
    if (metrics("assay_rows_fed_total") > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise(() => {});
}
