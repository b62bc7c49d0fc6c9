import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import OpenAI, { toFile } from "openai";
import { expect, test } from "vitest";
import { startWithClient, uploadText } from "./batch-inputs.ts";

test("an uploaded file can be retrieved, listed, read and deleted", async () => {
  await using started = await startWithClient();
  const { files } = started.openai;
  const text = '{"snow":"☃"}\n';
  const file = await uploadText(started.openai, text, 'with "quotes".jsonl');
  expect(file).toMatchObject({ object: "file", purpose: "batch", status: "processed" });
  expect(file).toMatchObject({ bytes: Buffer.byteLength(text), filename: 'with "quotes".jsonl' });
  expect(await files.retrieve(file.id)).toEqual(file);
  expect((await files.list()).data).toEqual([file]);
  expect(await (await files.content(file.id)).text()).toBe(text);
  expect(await files.delete(file.id)).toEqual({ id: file.id, object: "file", deleted: true });
  for (const gone of [files.retrieve(file.id), files.content(file.id), files.delete(file.id)]) {
    await expect(gone).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  }
});

test("lists of files are paged, newest first, and can be of one purpose", async () => {
  await using started = await startWithClient();
  const { openai } = started;
  const ids: string[] = [];
  for (const name of ["a", "b", "c"]) ids.unshift((await uploadText(openai, name, `${name}.jsonl`)).id);
  await openai.files.create({ file: await toFile(Buffer.from("x"), "x.txt"), purpose: "user_data" });
  const listed: string[] = [];
  for await (const file of openai.files.list({ purpose: "batch", limit: 2 })) listed.push(file.id);
  expect(listed).toEqual(ids);
  const oldest = await openai.files.list({ order: "asc", limit: 1 });
  expect([oldest.data[0]!.id, oldest.has_more]).toEqual([ids.at(-1), true]);
  await expect(openai.files.list({ limit: 0 })).rejects.toMatchObject({ status: 400, param: "limit" });
});

test("bytes that look like the end of a part come back as they were", async () => {
  await using started = await startWithClient();
  const bytes = Buffer.concat([
    Buffer.from("\r\n--\r\n-\r\n--x"),
    randomBytes(3_000_000),
    Buffer.from("\r\n--x"),
  ]);
  const form = (cut: string) =>
    Buffer.concat([
      Buffer.from(`preamble\r\n--x${cut}y\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch`),
      Buffer.from(
        `\r\n--x${cut}y\r\nContent-Disposition: form-data; name="file"; filename="f.jsonl"\r\nContent-Type: a/b\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--x${cut}y--\r\nepilogue`),
    ]);
  const response = await fetch(`${started.simulator.url}/files`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=xcuty" },
    body: form("cut"),
  });
  const file = (await response.json()) as OpenAI.FileObject;
  expect(file).toMatchObject({ bytes: bytes.length, filename: "f.jsonl" });
  const content = await (await started.openai.files.content(file.id)).arrayBuffer();
  expect(Buffer.from(content).equals(bytes)).toBe(true);
});

test("what is no upload is refused by name", async () => {
  await using started = await startWithClient({ batchMaxBytes: 1000 });
  const post = async (body: FormData | string, type?: string) => {
    const headers = type === undefined ? {} : { "content-type": type };
    const response = await fetch(`${started.simulator.url}/files`, { method: "POST", headers, body });
    const { error } = (await response.json()) as { error: { message: string; param: string | null } };
    return { status: response.status, param: error.param, message: error.message };
  };
  const form = (parts: Record<string, string | Blob>, filename = "input.jsonl") => {
    const data = new FormData();
    for (const [name, part] of Object.entries(parts)) {
      if (typeof part === "string") data.set(name, part);
      else data.set(name, part, filename);
    }
    return data;
  };
  const file = new Blob(["{}"]);
  const large = new Blob(["x".repeat(1001)]);
  for (const [refused, status, param] of [
    [post(form({ file })), 400, "purpose"],
    [post(form({ purpose: "batch" })), 400, "file"],
    [post(form({ file, purpose: "batches" })), 400, "purpose"],
    [post(form({ file: large, purpose: "batch" })), 413, "file"],
    [post("{}", "application/json"), 400, null],
    [post(`--b\r\nx: y\r\n\r\n${"z".repeat(1_000_000)}`, "multipart/form-data; boundary=b"), 400, null],
    [post("--b\r\n", "multipart/form-data; boundary=b"), 400, null],
  ] as const) {
    expect(await refused).toMatchObject({ status, param });
  }
  const message = expect.stringContaining(".jsonl");
  expect(await post(form({ file, purpose: "batch" }, "notes.txt"))).toMatchObject({ status: 400, message });
  expect((await started.openai.files.list()).data).toEqual([]);
});

test("keys that are wrong or lack the permission get no file", async () => {
  await using started = await startWithClient({ apiKeys: ["sk-test", "sk-batch"], batchKeys: ["sk-batch"] });
  await expect(started.openai.files.list()).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining("insufficient permissions"),
  });
  const allowed = new OpenAI({ baseURL: started.simulator.url, apiKey: "sk-batch", maxRetries: 0 });
  expect((await allowed.files.list()).data).toEqual([]);
  const wrong = new OpenAI({ baseURL: started.simulator.url, apiKey: "sk-wrong-key", maxRetries: 0 });
  await expect(uploadText(wrong, "x")).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

test("the limit of calls answers with Retry-After, and calls are counted by path", async () => {
  await using started = await startWithClient({ batchRequestsPerMinute: 60 });
  const { id } = await uploadText(started.openai, "x");
  const error = await started.openai.files.retrieve(id).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get("retry-after")).toBe("1");
  started.simulator.configure({ batchRequestsPerMinute: 0 });
  await started.openai.files.content(id);
  expect(started.simulator.stats().calls).toEqual({
    "POST /v1/files": 1,
    "GET /v1/files/{id}": 1,
    "GET /v1/files/{id}/content": 1,
  });
});

test("a slow upload takes its time", async () => {
  await using started = await startWithClient({ batchSpeed: 1, uploadBytesPerSecond: 10_000_000 });
  const startedMs = performance.now();
  await uploadText(started.openai, "x".repeat(1_000_000));
  expect(performance.now() - startedMs).toBeGreaterThan(90);
});

test.each([
  ["500", 0, OpenAI.InternalServerError],
  ["429", 0, OpenAI.RateLimitError],
  ["reset", 0, OpenAI.APIConnectionError],
  ["lost", 1, OpenAI.APIConnectionError],
] as const)("an upload that meets %s fails, and leaves %i files", async (fault, left, expected) => {
  await using started = await startWithClient({ uploadFaults: { [fault]: 1 } });
  await expect(uploadText(started.openai, "x")).rejects.toBeInstanceOf(expected);
  expect((await started.openai.files.list()).data).toHaveLength(left);
  expect(started.simulator.stats().callFaults).toEqual({ [`upload ${fault}`]: 1 });
});

test("which uploads fail follows from the seed, and another attempt draws anew", async () => {
  const outcomes = async (seed: number) => {
    await using started = await startWithClient({ uploadFaults: { "500": 0.5 }, seed });
    const failed: boolean[] = [];
    for (let upload = 0; upload < 24; upload++) {
      const text = `file ${upload % 12}`;
      failed.push(
        await uploadText(started.openai, text).then(
          () => false,
          () => true,
        ),
      );
    }
    return failed;
  };
  const first = await outcomes(1);
  expect(await outcomes(1)).toEqual(first);
  expect(await outcomes(2)).not.toEqual(first);
  expect(first.slice(0, 12)).not.toEqual(first.slice(12));
});

test("a content that is cut ends early, and reads that fail do so in the provider's shape", async () => {
  await using started = await startWithClient({ readFaults: { cut: 1 } });
  const { id } = await uploadText(started.openai, "x".repeat(1000));
  const cut = started.openai.files.content(id).then((response) => response.text());
  await expect(cut).rejects.toThrow();
  await expect(started.openai.files.retrieve(id)).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  started.simulator.configure({ readFaults: { "503": 1 } });
  await expect(started.openai.files.list()).rejects.toMatchObject({ status: 503 });
});

test("files stand in a temporary folder that goes with the simulator", async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("assay-simulator-files-"));
  const before = new Set(folders());
  const started = await startWithClient();
  await uploadText(started.openai, "x");
  const made = folders().filter((name) => !before.has(name));
  await started.simulator.close();
  expect(made.length).toBeGreaterThan(0);
  expect(made.some((name) => !existsSync(`${tmpdir()}/${name}`))).toBe(true);
});
