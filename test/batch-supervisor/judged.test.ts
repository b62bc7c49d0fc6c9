import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { submitJob } from "../../shared/runtime/submit.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startService } from "../support/service.ts";
import { linesOf } from "../support/system.ts";
import { startBatchSystem } from "./batch-system.ts";

test("replies of a judge come by batches; those that cannot be read are asked for again by calls", {
  timeout: 120_000,
}, async () => {
  await using lane = await startBatchSystem({
    answers: "sentence",
    poison: [{ marker: "UNREADABLE", fault: "nonsense" }],
  });
  const { system, simulator } = lane;
  await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
  await using _judge = await startService("judge", system.nats, {});
  const rows = Array.from({ length: 30 }, (_, row) => ({
    id: `p${row}`,
    prompt: `Say something about ${row}${row === 7 ? " UNREADABLE" : ""}`,
    completions: [1, 2].map((model) => ({ model: `m${model}`, completion: `words ${row} of ${model}` })),
  }));
  writeFileSync(join(system.folder, "items.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const body = {
    ...{ annotator: "gpt-4o-mini", input: "items.jsonl", output: "judged.jsonl", temp_dir: "temp" },
    ...{ method: "overall", batch: true, max_batch_size: 10, poll: 0.2 },
  };
  const answer = await submitJob(system.client, "preferences-judge", body, { timeoutMs: 20_000 });
  if ("error" in answer) throw new Error(answer.error);
  const view = await lane.settled(answer.job);
  expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 29, 1]);
  expect(view.batches).toMatchObject({ shards: 3, states: { completed: 3 } });
  expect(linesOf(join(system.folder, "judged.jsonl"))).toHaveLength(29);
  const [error] = linesOf(join(system.folder, "judged.errors.jsonl"));
  expect(error).toMatchObject({ id: "p7" });
  const { batches, paidCalls } = simulator.stats();
  expect(batches.paidLines).toBe(30);
  expect(paidCalls - batches.paidLines).toBe(2);
});
