import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { type BatchApi, openBatchApi } from "../../shared/batch-api/batch-api.ts";
import { lookAtBatches } from "../../tools/batch-watch/watching/look-at-batches.ts";
import { requestLine } from "../openai-simulator/batch-inputs.ts";

let simulator: Awaited<ReturnType<typeof startSimulator>>;
let api: BatchApi;
/** Oldest first. */
const ids: string[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ tokenizer: "bytes" });
  api = openBatchApi({ baseUrl: simulator.url, key: "sk-test", keySource: "OPENAI_API_KEY" });
  const line = Buffer.from(`${requestLine("a")}\n`);
  const content = async function* () {
    yield line;
  };
  const { id } = await api.uploadFile({ name: "in.jsonl", bytes: line.length, content });
  for (let number = 0; number < 250; number++) {
    const batch = { input_file_id: id, endpoint: "/v1/chat/completions", metadata: {} };
    ids.push((await api.createBatch(batch)).id);
  }
});
let before: Record<string, number>;
beforeEach(() => {
  before = { ...simulator.stats().calls };
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await simulator.close();
});

const callsSince = () => {
  const { calls } = simulator.stats();
  const since = (route: string) => (calls[route] ?? 0) - (before[route] ?? 0);
  return { lists: since("GET /v1/batches"), single: since("GET /v1/batches/{id}") };
};

test("many batches take a call for each hundred", async () => {
  const { seen, unknown } = await lookAtBatches(api, ids);
  expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(ids));
  expect([unknown, callsSince()]).toEqual([[], { lists: 3, single: 0 }]);
});

test("it reads no further than to the oldest that is wanted", async () => {
  await lookAtBatches(api, ids.slice(-90));
  expect(callsSince()).toEqual({ lists: 1, single: 0 });
});

test("few are asked for one by one", async () => {
  const { seen } = await lookAtBatches(api, [ids[0]!, ids[100]!]);
  expect(seen.map(({ id }) => id)).toEqual([ids[0], ids[100]]);
  expect(callsSince()).toEqual({ lists: 0, single: 2 });
});

test("those that no list shows are asked for one by one, and named where they are unknown", async () => {
  const { seen, unknown } = await lookAtBatches(api, [...ids.slice(0, 4), "batch_nobody"]);
  expect(seen.length).toBe(250);
  expect([unknown, callsSince()]).toEqual([["batch_nobody"], { lists: 3, single: 1 }]);
});
