import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { submitJob } from "../../shared/runtime/submit.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startBatchSystem } from "./batch-system.ts";

const MODELS = ["gpt-4o-mini", "openai/gpt-4.1-nano"];
const ROWS = 30;

test("several models answer by batches, several times each: the files are those of calls, and the plan has their sums", {
  timeout: 120_000,
}, async () => {
  await using lane = await startBatchSystem({ answers: "sentence" });
  const { system, simulator } = lane;
  await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
  const rows = Array.from({ length: ROWS }, (_, row) => JSON.stringify({ id: row, text: `Describe ${row}` }));
  writeFileSync(join(system.folder, "prompts.jsonl"), `${rows.join("\n")}\n`);
  const start = async (target_dir: string, more: Record<string, unknown>) => {
    const common = { source_file: "prompts.jsonl", temp_dir: "temp", models: MODELS, n: 2, max_tokens: 40 };
    const body = { ...common, target_dir, ...more };
    const answer = await submitJob(system.client, "responses-generate", body, { timeoutMs: 20_000 });
    if ("error" in answer) throw new Error(answer.error);
    return answer.job;
  };
  const batched = await lane.settled(await start("batched", { batch: true, max_batch_size: 10, poll: 0.2 }));
  expect([batched.state, batched.done]).toEqual(["completed", ROWS * 2]);
  expect(batched.batches).toMatchObject({ shards: 6, states: { completed: 6 }, objectsFile: null });
  expect(batched.steps!.map(({ batches }) => batches!.shards)).toEqual([3, 3]);
  expect(batched.batches!.cost).toBeCloseTo(batched.cost!, 9);
  expect(simulator.stats().batches.paidLines).toBe(ROWS * 2);

  const called = await system.over(await start("called", {}));
  expect(called.batches).toBeUndefined();
  expect(batched.cost).toBeCloseTo(called.cost! / 2, 9);
  for (const model of MODELS) {
    const outputs = ["batched", "called"].map((target) =>
      readFileSync(join(system.folder, target, model.replaceAll("/", "___"), "prompts.jsonl"), "utf8"),
    );
    expect(outputs[0]).toBe(outputs[1]);
  }
});
