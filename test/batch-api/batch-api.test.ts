import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { SimulatorOptions } from "../../services/openai-simulator/options.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { isFinished } from "../../shared/batch-api/batch.ts";
import { type BatchApi, type BatchApiOptions, openBatchApi } from "../../shared/batch-api/batch-api.ts";
import { createOnce, hasMetadata } from "../../shared/batch-api/create-once.ts";
import { BatchApiError, isUncertain, isUnknown } from "../../shared/batch-api/fault.ts";
import { findBatches } from "../../shared/batch-api/find-batches.ts";
import { isHeldOut } from "../../shared/batch-policy/failed-batch.ts";

const FAST = { batchSpeed: 3600, batchDuration: "10s" };

async function started(options: Partial<SimulatorOptions> = {}, client: Partial<BatchApiOptions> = {}) {
  const simulator = await startSimulator({ ...FAST, ...options });
  const api = openBatchApi({
    baseUrl: simulator.url,
    key: "sk-test",
    keySource: "OPENAI_API_KEY",
    ...client,
  });
  return {
    simulator,
    api,
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}

const lines = (count: number, text = "Name a colour.") =>
  Buffer.from(
    Array.from({ length: count }, (_, row) => {
      const body = { model: "gpt-4o-mini", messages: [{ role: "user", content: `${text} ${row}` }] };
      const line = { custom_id: String(row), method: "POST", url: "/v1/chat/completions", body };
      return `${JSON.stringify(line)}\n`;
    }).join(""),
  );
const upload = (api: BatchApi, content = lines(3)) =>
  api.uploadFile({
    name: "in.jsonl",
    bytes: content.length,
    content: async function* () {
      yield content;
    },
  });
const ENDPOINT = "/v1/chat/completions";
const create = async (api: BatchApi, metadata = { shard: "1" }) =>
  api.createBatch({ input_file_id: (await upload(api)).id, endpoint: ENDPOINT, metadata });
const faultOf = async (act: Promise<unknown>) => {
  const error = await act.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(BatchApiError);
  return error as BatchApiError;
};
async function finished(api: BatchApi, id: string) {
  for (;;) {
    const batch = await api.retrieveBatch(id);
    if (isFinished(batch)) return batch;
  }
}

test("a file becomes a batch whose results can be read, byte for byte as the file says", async () => {
  await using run = await started();
  const batch = await finished(run.api, (await create(run.api)).id);
  expect(batch).toMatchObject({ status: "completed", metadata: { shard: "1" } });
  const { bytes } = await run.api.retrieveFile(batch.output_file_id!);
  const content = await buffer(await run.api.fileContent(batch.output_file_id!));
  expect(content.length).toBe(bytes);
  const ids = content
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).custom_id);
  expect(ids.sort()).toEqual(["0", "1", "2"]);
  await run.api.deleteFile(batch.input_file_id);
  expect(isUnknown(await faultOf(run.api.retrieveFile(batch.input_file_id)))).toBe(true);
});

test("all batches are found, page by page, the newest first", async () => {
  await using run = await started();
  const file = await upload(run.api);
  const made: string[] = [];
  for (let n = 0; n < 7; n++) {
    made.push((await run.api.createBatch({ input_file_id: file.id, endpoint: ENDPOINT, metadata: {} })).id);
  }
  const found: string[] = [];
  for await (const { id } of findBatches(run.api, { pageSize: 3 })) found.push(id);
  expect(found).toEqual(made.reverse());
});

describe("a batch is created once", () => {
  test("where the answer is lost it is found by its metadata, though lists show it late", async () => {
    await using run = await started({ createFaults: { lost: 1 }, batchListDelay: "300s" });
    const file = await upload(run.api);
    await run.api
      .createBatch({ input_file_id: file.id, endpoint: ENDPOINT, metadata: { shard: "other" } })
      .catch(() => {});
    const batch = await createOnce(
      run.api,
      { input_file_id: file.id, endpoint: ENDPOINT, metadata: { shard: "2", attempt: "1" } },
      { lookMs: 100, looks: 30, notBefore: file.created_at },
    );
    expect(hasMetadata(batch, { shard: "2", attempt: "1" })).toBe(true);
    expect(run.simulator.stats().batches.created).toBe(2);
  });

  test("where it was not carried out either, that is said and nothing is created", async () => {
    await using run = await started({ createFaults: { "500": 1 } });
    const file = await upload(run.api);
    const batch = { input_file_id: file.id, endpoint: ENDPOINT, metadata: { shard: "2" } };
    const error = await faultOf(createOnce(run.api, batch, { lookMs: 10 }));
    expect(isUncertain(error)).toBe(true);
    expect(run.simulator.stats().calls["POST /v1/batches"]).toBe(1);
  });

  test("a refusal by limit is no creation, and is tried again", async () => {
    await using run = await started({ createFaults: { "429": 0.9 } });
    await create(run.api);
    expect(run.simulator.stats().batches.created).toBe(1);
  });
});

describe("faults", () => {
  test("uploads that fail are made again from the start of their content", async () => {
    await using run = await started({ uploadFaults: { "500": 1 } });
    const uploading = upload(run.api);
    const calls = () => run.simulator.stats().calls["POST /v1/files"];
    await expect.poll(() => run.simulator.stats().callFaults["upload 500"]).toBe(1);
    run.simulator.configure({ uploadFaults: {} });
    expect((await uploading).bytes).toBe(lines(3).length);
    expect(calls()).toBe(2);
  });

  test("after a 429 all calls of the client rest for as long as it says", async () => {
    const waits: number[] = [];
    await using run = await started(
      { batchRequestsPerMinute: 120, burstSeconds: 0.5 },
      { onWait: (waitMs) => waits.push(waitMs) },
    );
    await Promise.all([1, 2, 3, 4].map(() => run.api.listBatches()));
    expect(waits.length).toBeGreaterThan(0);
    expect(run.simulator.stats().calls["GET /v1/batches"]).toBe(4 + waits.length);
  });

  test("content that breaks off is a fault that may be tried again, not an end", async () => {
    await using run = await started({}, { timeoutMs: 5_000 });
    const batch = await finished(run.api, (await create(run.api)).id);
    run.simulator.configure({ readFaults: { cut: 1 } });
    const content = await run.api.fileContent(batch.output_file_id!);
    expect((await faultOf(buffer(content))).fault).toMatchObject({ kind: "retry" });
  });

  test("content that has another length than was said ends the upload, and what could not be read is thrown", async () => {
    await using run = await started({}, { attempts: 1 });
    const content = lines(3);
    const short = {
      name: "in.jsonl",
      bytes: content.length + 1,
      content: async function* () {
        yield content;
      },
    };
    await expect(run.api.uploadFile(short)).rejects.toThrow();
    const broken = new Error("the object is gone");
    const failing = {
      name: "in.jsonl",
      bytes: content.length,
      content: async function* () {
        yield content.subarray(0, 10);
        throw broken;
      },
    };
    await expect(run.api.uploadFile(failing)).rejects.toBe(broken);
  });

  test("a hanging call ends after its time, an aborted one at once", async () => {
    await using run = await started({ readFaults: { hang: 1 } }, { attempts: 2, timeoutMs: 200 });
    expect((await faultOf(run.api.listBatches())).fault).toMatchObject({ kind: "retry", uncertain: true });
    const reason = new Error("given up");
    const abort = new AbortController();
    const listing = run.api.listBatches({ signal: abort.signal });
    abort.abort(reason);
    await expect(listing).rejects.toBe(reason);
  });

  test("a key that may not is told from one that is wrong, and never shown", async () => {
    await using run = await started({ apiKeys: ["sk-test", "sk-other"], batchKeys: ["sk-other"] });
    const refused = await faultOf(run.api.listBatches());
    expect(refused.fault).toEqual({ kind: "no_permission", code: "authentication" });
    await using wrong = openBatchApi({
      baseUrl: run.simulator.url,
      key: "sk-wrong-key",
      keySource: "MY_KEY",
    });
    const { message, fault } = await faultOf(wrong.listBatches());
    expect(fault).toEqual({ kind: "no_permission", code: "authentication" });
    expect(message).toMatch(/^The key is refused: .* Check MY_KEY\.$/);
    expect(message).not.toContain("sk-wrong-key");
  });

  test("a batch over the enqueued tokens failed for now only", async () => {
    await using run = await started({ batchEnqueuedTokens: 5 });
    const batch = await finished(run.api, (await create(run.api)).id);
    expect([batch.status, isHeldOut(batch)]).toEqual(["failed", true]);
  });
});
