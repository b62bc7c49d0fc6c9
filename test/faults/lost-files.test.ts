import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { BUCKETS } from "../../shared/topology.ts";
import type { TestCoordinator } from "../support/coordinator.ts";
import { closedGate } from "../support/gate.ts";
import type { PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 100;

/** A job of which half is committed, with its coordinator dead and its worker waiting at the gate. */
async function halfDone(system: TestSystem) {
  const coordinator: TestCoordinator = await system.coordinator();
  const gate = closedGate();
  const worker: PlayedWorker = await system.worker({
    before: async () => {
      if (worker.called.length >= ROWS / 2) await gate.opened;
    },
  });
  const message = { dataset: system.dataset(ROWS) };
  const job = await system.start(message);
  await until("half of it is committed", async () => {
    const done = (await system.show(job))?.done ?? 0;
    return done >= ROWS / 2 && done === worker.called.length;
  });
  await coordinator.kill();
  return { job, message, gate, worker, workFolder: join(system.folder, "temp", job) };
}

test("stored answers that are gone pause the job with their path; put back, it goes on without asking twice", async () => {
  await using system = await startSystem();
  const { job, gate, worker, workFolder } = await halfDone(system);
  renameSync(join(workFolder, "parts"), join(system.folder, "elsewhere"));
  await system.coordinator();
  const paused = await system.over(job);
  expect(paused).toMatchObject({ state: "paused", reason: { code: "unavailable" } });
  expect(paused.reason?.message).toMatch(
    /temp\/.*\/parts\/coordinator-0-\d+-0\.jsonl, which stored answers .* is gone: restore it .* --overwrite\.$/,
  );
  renameSync(join(system.folder, "elsewhere"), join(workFolder, "parts"));
  gate.open();
  await system.change(job, "resume");
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: ROWS, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
});

test("a job whose stored answers are gone for good can be made anew with --overwrite", async () => {
  await using system = await startSystem();
  const { job, message, gate, workFolder } = await halfDone(system);
  rmSync(workFolder, { recursive: true });
  await system.coordinator();
  expect(await system.over(job)).toMatchObject({ state: "paused" });
  gate.open();
  await system.start({ ...message, overwrite: true });
  const view = await until("it is made anew", async () => {
    const seen = await system.show(job);
    return seen?.state === "completed" && seen;
  });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
});

test("rows that were read and are gone pause the job, since another dataset might stand in their place by now", async () => {
  await using system = await startSystem();
  const { job, workFolder } = await halfDone(system);
  rmSync(join(workFolder, "rows.jsonl"));
  await system.coordinator();
  const paused = await system.over(job);
  expect(paused).toMatchObject({ state: "paused", reason: { code: "unavailable" } });
  expect(paused.reason?.message).toMatch(/^The rows that were read of the dataset are gone from .*\/temp\//);
});

test("an output that was removed is written again from the stored answers, and refused where these are gone too", async () => {
  await using system = await startSystem();
  await system.coordinator();
  const worker = await system.worker();
  const message = { dataset: system.dataset(ROWS) };
  const job = await system.start(message);
  const first = await system.over(job);
  rmSync(dirname(first.output), { recursive: true });
  expect(await system.submit(message)).toMatchObject({
    job,
    note: "Its output was gone: it is written again from the stored answers.",
  });
  const again = await until("it is written again", async () => {
    const seen = await system.show(job);
    return seen?.state === "completed" && seen.run === 2 && seen;
  });
  expect(annotationsOf(again)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
  rmSync(dirname(first.output), { recursive: true });
  rmSync(join(system.folder, "temp"), { recursive: true });
  expect(await system.submit(message)).toEqual({
    error: expect.stringMatching(/its output .* is gone, and so are its stored answers in .*--overwrite/),
    exitCode: 2,
  });
});

test("a file where the folder of stored answers is to be pauses the job with that", async () => {
  await using system = await startSystem();
  const coordinator = await system.coordinator();
  const job = await system.start({ dataset: system.dataset(ROWS) });
  const workFolder = join(system.folder, "temp", job);
  await until("its rows are read", () => existsSync(join(workFolder, "dataset.json")));
  await coordinator.kill();
  writeFileSync(join(workFolder, "parts"), "");
  await system.coordinator();
  await using _worker = await system.worker();
  const paused = await system.over(job);
  expect(paused).toMatchObject({ state: "paused", reason: { code: "disk" } });
  expect(paused.reason?.message).toMatch(/^Results cannot be written to .* \(EEXIST\): .*nothing is lost\.$/);
});

test("a job at which a coordinator fails again and again is paused with that fault, not taken up for ever", async () => {
  await using system = await startSystem();
  const { job } = await halfDone(system);
  const progress = await system.admin.kvm.open(BUCKETS.progress);
  await progress.put(job, "unreadable");
  const coordinator = await system.coordinator();
  const paused = await until("it is paused", async () => {
    const entry = await (await system.stores()).jobs.get(job);
    return entry?.value.state === "paused" && entry.value;
  });
  expect(paused.reason).toMatchObject({
    code: "fault",
    message: expect.stringMatching(/again and again \(.*assay logs coordinator/),
  });
  expect(coordinator.log().match(/owning the job failed/g)?.length).toBeGreaterThan(3);
});
