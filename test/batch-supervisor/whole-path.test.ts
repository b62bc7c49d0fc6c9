import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linesOf } from "../support/system.ts";
import { datasetWith, expectAllAnswered, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };

test(
  "a job goes through batches at half the price and ends with the outputs of any job",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem();
    const job = await lane.start(95);
    const view = await lane.settled(job);
    expectAllAnswered(view, 95);
    const { prompt, completion } = { prompt: view.promptTokens, completion: view.completionTokens };
    expect(view.cost).toBeCloseTo((prompt * 0.15 + completion * 0.6) / 1e6 / 2, 9);
    expect(view.batches).toMatchObject({ shards: 5, states: { completed: 5 }, late: 0, duplicates: 0 });
    expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 95, repeatedPaidCalls: 0 });
    const objects = JSON.parse(readFileSync(view.batches!.objectsFile!, "utf8"));
    expect(objects).toHaveLength(5);
    for (const { id, status } of objects) {
      expect(status).toBe((await lane.provider.retrieveBatch(id)).status);
    }
    expect(await lane.shards(job)).toEqual([]);
  },
);

test("batches that expire give what they have done; only the rest is sent again", PATIENT, async () => {
  await using lane = await startBatchSystem({
    batchWindowSeconds: 60,
    batchExpiring: 0.5,
    batchDuration: "15s",
  });
  const view = await lane.settled(await lane.start(160, { max_attempts: 20 }));
  expectAllAnswered(view, 160);
  expect(view.batches!.states.expired).toBeGreaterThan(0);
  expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 160, repeatedPaidCalls: 0 });
});

test("lines that fail for a while are sent again; those that fail for good say why", PATIENT, async () => {
  await using lane = await startBatchSystem({
    batchFaults: { "500": 0.1, "429": 0.1, not_json: 0.05 },
    poison: [
      { marker: "NEVER", fault: "400" },
      { marker: "REFUSE", fault: "refusal" },
      { marker: "BROKEN", fault: "500" },
    ],
  });
  const dataset = datasetWith(lane.system, 80, { 3: "NEVER", 41: "REFUSE", 77: "BROKEN" });
  const view = await lane.settled(await lane.start(80, { dataset, max_attempts: 8 }));
  expect(view).toMatchObject({ state: "completed_with_errors", rows: 80, done: 78, failed: 2 });
  const errors = linesOf(`${view.outputFolder}/errors.jsonl`);
  expect(errors).toMatchObject([
    { row: 3, reason: "invalid_prompt", attempts: 1 },
    { row: 77, reason: "http_500", attempts: 8 },
  ]);
  expect(errors[1]!.message).toContain("This was the last of 8 attempts.");
  const refused = linesOf(`${view.outputFolder}/responses.jsonl`).find(({ row }) => row === 41);
  expect(refused).toMatchObject({ choices: [{ text: null, refusal: expect.any(String) }] });
});

test("files that break off are read again, and slow, failing uploads are made again", PATIENT, async () => {
  await using lane = await startBatchSystem({
    readFaults: { cut: 0.3, "500": 0.1, "429": 0.1 },
    uploadFaults: { "500": 0.2, lost: 0.2 },
    createFaults: { "429": 0.3 },
  });
  const view = await lane.settled(await lane.start(100, { reconcile_wait: 1 }));
  expectAllAnswered(view, 100);
  expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 100, repeatedPaidCalls: 0 });
  expect(view.batches).toMatchObject({ unknown: 0, late: 0 });
});

test(
  "the tokens that a key may enqueue are learnt and kept to, also by shards that alone are too large",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({
      batchEnqueuedTokens: 1_000,
      batchDuration: "4s",
      tokenizer: "o200k",
    });
    const view = await lane.settled(await lane.start(100, { max_batch_size: 25 }));
    expectAllAnswered(view, 100);
    const { batches } = lane.simulator.stats();
    expect(batches.ended.failed).toBeGreaterThan(0);
    expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 100, repeatedPaidCalls: 0 });
  },
);
