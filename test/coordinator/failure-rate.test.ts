import { expect, test } from "vitest";
import { FailureWatch } from "../../services/coordinator/owning/failure-watch.ts";
import { failedResult, goodResult } from "../support/played-worker.ts";
import { startSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

test("a share of failures counts once there are enough rows to tell", () => {
  const watch = new FailureWatch("0123456789abcdef", 0);
  const failures = (count: number) => Array.from({ length: count }, (_, row) => failedResult(row, "refusal"));
  expect(watch.add(failures(49), 0.5)).toBeUndefined();
  expect(watch.add([goodResult(49)], 0.98)).toBeUndefined();
  expect(watch.add([], 0.5)?.message).toMatch(/^98 % of 50 rows failed, 49 of them with refusal, .* 0\.5: /);
});

test("rows that were done before count, too: what is left at the end may all fail", () => {
  const failures = Array.from({ length: 60 }, (_, row) => failedResult(row, "refusal"));
  expect(new FailureWatch("0123456789abcdef", 140).add(failures, 0.5)).toBeUndefined();
  expect(new FailureWatch("0123456789abcdef", 140).add(failures, 0.2)?.message).toMatch(/^30 % of 200 rows/);
});

test("a job whose rows fail pauses before it has paid for all, says why, and goes on when it is told to", async () => {
  await using system = await startSystem();
  await system.coordinator();
  let broken = true;
  const worker = await system.worker({
    call: (row) => (broken ? failedResult(row, "refusal") : goodResult(row)),
    concurrency: 1,
    claims: true,
  });
  const message = { dataset: system.dataset(2000), max_failure_rate: 0.5 };
  const job = await system.start(message);
  const paused = await system.over(job);
  expect([paused.state, paused.reason?.code]).toEqual(["paused", "failure_rate"]);
  expect(paused.reason?.message).toContain(`assay jobs rows ${job} --failed`);
  expect(worker.called.length).toBeLessThan(2000);
  broken = false;
  await system.change(job, "resume");
  const { state, done, failed } = await system.over(job);
  expect([state, done + failed]).toEqual(["completed_with_errors", 2000]);
  expect(done).toBeGreaterThan(0);
});

test("calls that were begun before a resume and fail after it do not pause the job again", async () => {
  await using system = await startSystem();
  await system.coordinator();
  const resumed = Promise.withResolvers<void>();
  let isResumed = false;
  const begun = new Set<number>();
  const chunkOf = (row: number) => Math.floor(row / 10);
  await system.worker({
    call: async (row) => {
      if (row < 60) return failedResult(row, "refusal");
      if (!isResumed) begun.add(chunkOf(row));
      if (!begun.has(chunkOf(row))) return goodResult(row);
      await resumed.promise;
      return failedResult(row, "refusal");
    },
    claims: true,
    concurrency: 20,
  });
  const job = await system.start({ dataset: system.dataset(2000), max_failure_rate: 0.5 });
  expect(await system.over(job)).toMatchObject({ state: "paused", reason: { code: "failure_rate" } });
  await until("enough rows are in hand to pause the job", () => begun.size >= 10);
  isResumed = true;
  await system.change(job, "resume");
  resumed.resolve();
  const { state, done, failed } = await system.over(job);
  expect([state, done + failed]).toEqual(["completed_with_errors", 2000]);
});
