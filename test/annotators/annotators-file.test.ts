import { afterAll, describe, expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { routeOf } from "../../shared/annotators/route.ts";
import { annotatorsFiles } from "./annotators-files.ts";

const files = annotatorsFiles();
afterAll(() => files[Symbol.dispose]());

describe("the annotators file", () => {
  test("describes an annotator whole", () => {
    const file = files.put(`
annotators:
  team/qwen:
    base_url: http://10.0.0.7:8000/v1/
    key_variable: QWEN_KEY
    model: Qwen/Qwen2.5-72B-Instruct
    tokenizer: cl100k_base
    limits: {requests_per_minute: 600, tokens_per_minute: unlimited}
    prices: {input: 0.5, output: 1.5}
    charges: usage
    batch: true
    batch_discount: 0.6
    batch_enqueued_tokens: 90000
    concurrency: 64
    timeout: 30
    parameters: {unsupported: [seed, logprobs], max_tokens_name: max_completion_tokens}
    headers: {X-Team: data}
    extra_body: {top_k: 20}
    context_tokens: 32768
    max_output_tokens: 8192
`);
    expect(loadRegistry({ file }).resolve("team/qwen")).toEqual({
      name: "team/qwen",
      provider: "10.0.0.7",
      baseUrl: "http://10.0.0.7:8000/v1",
      keyVariable: "QWEN_KEY",
      model: "Qwen/Qwen2.5-72B-Instruct",
      tokenizer: "cl100k_base",
      maxTokensName: "max_completion_tokens",
      unsupported: ["seed", "logprobs"],
      dialect: "openai-chat",
      apiVersion: null,
      usualSampling: false,
      streams: false,
      limits: { requestsPerMinute: 600, tokensPerMinute: "unlimited" },
      charges: "usage",
      prices: { inputPerMillion: 0.5, outputPerMillion: 1.5 },
      batch: { discount: 0.6, enqueuedTokens: 90_000 },
      concurrency: 64,
      timeoutMs: 30_000,
      headers: { "X-Team": "data" },
      extraBody: { top_k: 20 },
      contextTokens: 32_768,
      maxOutputTokens: 8_192,
    });
  });

  test("batches are OpenAI's, and those of endpoints of which the file says that they have them", () => {
    const file = files.put(`
annotators:
  local: {base_url: "http://127.0.0.1:8000/v1"}
  local-batches: {base_url: "http://127.0.0.1:8000/v1", batch: true}
  o3-low: {provider: openai, model: o3}
  gpt-4o: {base_url: "https://proxy.example/v1", key_variable: null}
`);
    const batchOf = (name: string) => loadRegistry({ file }).resolve(name).batch;
    const half = { discount: 0.5, enqueuedTokens: null };
    expect(["local", "llama3-405b", "gpt-4o"].map(batchOf)).toEqual([null, null, null]);
    expect(["gpt-4o-mini", "openai/o1", "o3-low", "local-batches"].map(batchOf)).toEqual([
      half,
      half,
      half,
      half,
    ]);
    const without = files.put("annotators:\n  local: {base_url: http://x.example/v1, batch_discount: 0.5}\n");
    expect(() => loadRegistry({ file: without })).toThrow(/field batch_discount: needs batch: true/);
  });

  test("says that a model answers in streams only, which asks for them; not of batches, nor where none are read", () => {
    const entry = (more: string) =>
      loadRegistry({ file: files.put(`annotators:\n  own: {base_url: http://x.example/v1, ${more}}\n`) });
    const own = entry("stream: true").resolve("own");
    expect(buildRequest(own, { max_tokens: 9, n: 1 }, new Set())).toEqual({
      ...{ model: "own", max_tokens: 9 },
      ...{ stream: true, stream_options: { include_usage: true } },
    });
    expect(buildRequest(entry("stream: false").resolve("own"), { max_tokens: 9, n: 1 }, new Set())).toEqual({
      ...{ model: "own", max_tokens: 9 },
    });
    expect(() => entry("stream: true, batch: true")).toThrow(/field stream: no batch answers in streams/);
    expect(() => entry("stream: true, provider: anthropic-messages")).toThrow(/not read as streams/);
  });

  test("needs no more than a base_url, and then sends no key and knows no price", () => {
    const file = files.put("annotators:\n  local-llama:\n    base_url: http://127.0.0.1:8000/v1\n");
    expect(loadRegistry({ file }).resolve("local-llama")).toMatchObject({
      model: "local-llama",
      keyVariable: null,
      prices: null,
      tokenizer: "estimate",
      timeoutMs: 180_000,
      concurrency: 1_000,
    });
  });

  test("changes a built-in of the same name in the fields that it gives", () => {
    const file = files.put(
      "annotators:\n  gpt-4o-mini:\n    limits: {requests_per_minute: 10}\n    prices: {input: 1, output: 2}\n",
    );
    const { resolve, list } = loadRegistry({ file, openaiBaseUrl: "http://127.0.0.1:1/v1" });
    expect(resolve("gpt-4o-mini")).toEqual({
      ...loadRegistry().resolve("gpt-4o-mini"),
      baseUrl: "http://127.0.0.1:1/v1",
      limits: { requestsPerMinute: 10, tokensPerMinute: null },
      prices: { inputPerMillion: 1, outputPerMillion: 2 },
    });
    expect(list()).toHaveLength(loadRegistry().list().length);
  });

  test("makes variants of an OpenAI model, which share its parameters, key and route", () => {
    const file = files.put(
      "annotators:\n  thinker:\n    provider: openai\n    model: o3\n    extra_body: {reasoning_effort: high}\n",
    );
    const { resolve } = loadRegistry({ file });
    expect(resolve("thinker")).toEqual({
      ...resolve("openai/o3"),
      name: "thinker",
      extraBody: { reasoning_effort: "high" },
    });
    expect(routeOf(resolve("thinker"))).toEqual(routeOf(resolve("openai/o3")));
  });

  test("does not keep a price for another model", () => {
    const file = files.put("annotators:\n  gpt-4o-mini: {model: gpt-77}\n  llama3-405b: {model: other}\n");
    const { resolve } = loadRegistry({ file });
    expect(resolve("gpt-4o-mini")).toMatchObject({ model: "gpt-77", prices: null });
    expect(resolve("llama3-405b")).toMatchObject({ model: "other", prices: null });
  });
});
