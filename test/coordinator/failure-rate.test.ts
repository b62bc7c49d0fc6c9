import { expect, test } from "vitest";
import { FailureWatch } from "../../services/coordinator/failure-watch.ts";
import { failedResult, goodResult } from "../support/played-worker.ts";
import { startSystem } from "../support/system.ts";

test("a share of failures counts once there are enough rows to tell", () => {
  const watch = new FailureWatch("0123456789abcdef");
  const failures = (count: number) => Array.from({ length: count }, (_, row) => failedResult(row, "refusal"));
  expect(watch.add(failures(49), 0.5)).toBeUndefined();
  expect(watch.add([goodResult(49)], 0.98)).toBeUndefined();
  expect(watch.add([], 0.5)?.message).toMatch(
    /^98 % of the first 50 rows failed, 49 of them with refusal, .* 0\.5: /,
  );
});

test("a job whose rows fail pauses before it has paid for all, says why, and goes on when it is told to", async () => {
  await using system = await startSystem();
  await system.coordinator();
  let broken = true;
  const worker = await system.worker({
    call: (row) => (broken ? failedResult(row, "refusal") : goodResult(row)),
    concurrency: 1,
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
