import { expect, test } from "vitest";
import { batchSpecOf } from "../../shared/annotators/batch-spec.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { requestLines } from "../../shared/batch-lane/request-line.ts";
import { azureOpenai } from "../../shared/providers/azure-openai.ts";
import { callAddress } from "../../shared/providers/call-address.ts";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { playHttp } from "../support/played-http.ts";
import { completionOf } from "../support/provider.ts";

function annotatorAt(baseUrl: string, more = ", api_version: 2024-10-21") {
  using files = annotatorsFiles();
  const entry = `{provider: azure-openai, base_url: ${baseUrl}, key_variable: AZURE_KEY, model: my-gpt${more}}`;
  return loadRegistry({ file: files.put(`annotators:\n  mine: ${entry}\n`) }).resolve("mine");
}

test.each([
  [
    "https://r.openai.azure.com",
    "https://r.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
  ],
  [
    "https://r.openai.azure.com/openai",
    "https://r.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
  ],
  ["https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1/chat/completions"],
])("a deployment under %s is called at %s", (baseUrl, address) => {
  expect(callAddress(annotatorAt(baseUrl), "k").url.href).toBe(address);
});

test("the key goes in a header of its own, and only there", async () => {
  await using server = await playHttp(() => completionOf("Yes."));
  const { url, headers } = callAddress(annotatorAt(server.origin), "azure-secret");
  const body = azureOpenai.bodies({ model: "my-gpt", max_tokens: 5 })('[{"role":"user","content":"Hello?"}]');
  const response = await fetch(url, { method: "POST", headers, body: body as string });
  expect(azureOpenai.readAnswer(await response.text())?.choices[0]?.text).toBe("Yes.");
  const [call] = server.calls;
  expect(call?.path).toBe("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
  expect(call?.headers["api-key"]).toBe("azure-secret");
  expect(call?.headers.authorization).toBeUndefined();
});

test("a version of the API must be named, but for version 1 of the address itself", () => {
  expect(() => annotatorAt("https://r.openai.azure.com", "")).toThrow(/field api_version: is missing/);
  expect(annotatorAt("https://r.openai.azure.com/openai/v1", "").apiVersion).toBeNull();
});

test("a provider that is written otherwise is no name of one's own", () => {
  using files = annotatorsFiles();
  for (const [written, meant] of [
    ["azure_openai", "azure-openai"],
    ["anthropic-message", "anthropic-messages"],
  ]) {
    const file = files.put(`annotators:\n  mine: {provider: ${written}, base_url: "http://x.example"}\n`);
    expect(() => loadRegistry({ file })).toThrow(new RegExp(`field provider: did you mean ${meant}\\?`));
  }
});

test("files and batches stand beside the deployments, and lines name the address that they take there", async () => {
  const batch = {
    id: "batch_1",
    status: "validating",
    endpoint: "/chat/completions",
    input_file_id: "file-1",
    created_at: 1,
  };
  await using server = await playHttp(({ path }) => ({
    body: path.includes("/files") ? { id: "file-1", bytes: 3, created_at: 1 } : batch,
  }));
  const annotator = annotatorAt(server.origin, ", api_version: v9, batch: true");
  const spec = batchSpecOf("mine", annotator, { batch: true })!;
  expect(spec.endpoint).toBe("/chat/completions");
  const lines = requestLines({ request: { model: "my-gpt" }, batch: spec });
  const line = lines.line(7, '[{"role":"user","content":"x"}]');
  expect(JSON.parse(line)).toMatchObject({
    custom_id: "7",
    url: "/chat/completions",
    body: { model: "my-gpt" },
  });
  expect(requestLines({ request: { model: "my-gpt" }, batch: null }).messagesOf(line)).toContain(
    '"content":"x"',
  );
  await using api = azureOpenai.batches!.open(annotator, "azure-secret", { keySource: "AZURE_KEY" });
  const content = async function* () {
    yield Buffer.from("{}\n");
  };
  const { id } = await api.uploadFile({ name: "in.jsonl", bytes: 3, content });
  await api.createBatch({ input_file_id: id, endpoint: spec.endpoint, metadata: {} });
  await api.retrieveBatch("batch_1");
  expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /openai/files?api-version=v9",
    "POST /openai/batches?api-version=v9",
    "GET /openai/batches/batch_1?api-version=v9",
  ]);
  expect(JSON.parse(server.calls[1]!.text).endpoint).toBe("/chat/completions");
  for (const { headers } of server.calls)
    expect([headers["api-key"], headers.authorization]).toEqual(["azure-secret", undefined]);
});
