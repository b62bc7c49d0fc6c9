import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Annotator, DEFAULT_ANNOTATOR } from "../../shared/annotators/annotator.ts";
import { loadRegistry } from "../../shared/annotators/registry.ts";
import { routeOf } from "../../shared/annotators/route.ts";
import { UserError } from "../../shared/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "annotators-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMED = [
  "gpt-4o-2024-05-13",
  "gpt-4o-2024-08-06",
  "gpt-4o-mini-2024-07-18",
  "gpt-4o-mini",
  "gpt-4-turbo-2024-04-09",
  "gpt-4-turbo-preview",
  "gpt-4-0125-preview",
  "gpt-4-1106-preview",
  "gpt-4-0613",
  "gpt-4-0314",
  "llama3-405b",
];

let files = 0;
function fileOf(yaml: string): string {
  const file = join(folder, `annotators-${files++}.yaml`);
  writeFileSync(file, yaml);
  return file;
}

function faultsOf(yaml: string): string {
  try {
    loadRegistry({ file: fileOf(yaml) });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.replaceAll(/\S*annotators-\d+\.yaml/g, "FILE");
  }
  throw new Error("the file was accepted");
}

describe("built-in annotators", () => {
  test.each(NAMED)("%s is complete and priced", (name) => {
    const annotator = Annotator.parse(loadRegistry().resolve(name));
    expect(annotator.name).toBe(name);
    expect(annotator.prices).not.toBeNull();
    expect(annotator.keyVariable).toMatch(/_API_KEY$/);
    if (annotator.provider === "openai") expect(annotator.model).toBe(name);
  });

  test("the default one is among them", () => {
    expect(NAMED).toContain(DEFAULT_ANNOTATOR);
  });

  test("the list is exactly the named ones", () => {
    expect(
      loadRegistry()
        .list()
        .map(({ name }) => name),
    ).toEqual(NAMED);
  });

  test("any OpenAI model is reached as openai/<model>, with an unknown price where none is known", () => {
    const { resolve } = loadRegistry();
    expect(resolve("openai/gpt-4.1")).toMatchObject({
      model: "gpt-4.1",
      prices: { inputPerMillion: 2, outputPerMillion: 8 },
    });
    expect(resolve("openai/gpt-99")).toMatchObject({ name: "openai/gpt-99", model: "gpt-99", prices: null });
    expect(resolve("openai/ft:gpt-4o-mini:org::id")).toMatchObject({
      model: "ft:gpt-4o-mini:org::id",
      prices: null,
    });
  });

  test.each([
    ["o1", true],
    ["o1-mini", true],
    ["o3-mini-2025-01-31", true],
    ["o4-mini", true],
    ["gpt-5", true],
    ["gpt-5.1", true],
    ["gpt-5-mini", true],
    ["ft:o4-mini:org::id", true],
    ["gpt-5-chat-latest", false],
    ["gpt-4o", false],
    ["gpt-4.1", false],
    ["chatgpt-4o-latest", false],
  ])("openai/%s thinks before it answers: %s", (model, reasoning) => {
    const annotator = loadRegistry().resolve(`openai/${model}`);
    expect(annotator.maxTokensName).toBe(reasoning ? "max_completion_tokens" : "max_tokens");
    expect(annotator.unsupported.includes("temperature")).toBe(reasoning);
  });

  test.each([
    ["gpt-4-0613", "cl100k_base"],
    ["gpt-4-turbo-preview", "cl100k_base"],
    ["gpt-4o-mini", "o200k_base"],
    ["openai/gpt-3.5-turbo", "cl100k_base"],
    ["openai/gpt-4", "cl100k_base"],
    ["openai/gpt-4.1", "o200k_base"],
    ["openai/o3", "o200k_base"],
    ["openai/ft:gpt-3.5-turbo:org::id", "cl100k_base"],
  ])("%s counts tokens by %s", (name, tokenizer) => {
    expect(loadRegistry().resolve(name).tokenizer).toBe(tokenizer);
  });

  test("OPENAI_BASE_URL moves OpenAI's models and no others", () => {
    const { resolve } = loadRegistry({ openaiBaseUrl: " http://127.0.0.1:8080/v1/ " });
    expect(resolve("gpt-4o-mini").baseUrl).toBe("http://127.0.0.1:8080/v1");
    expect(resolve("openai/o3").baseUrl).toBe("http://127.0.0.1:8080/v1");
    expect(resolve("llama3-405b").baseUrl).toBe("https://api.together.xyz/v1");
    expect(loadRegistry({ openaiBaseUrl: "" }).resolve("gpt-4o-mini").baseUrl).toBe(
      "https://api.openai.com/v1",
    );
    expect(() => loadRegistry({ openaiBaseUrl: "localhost:80" })).toThrow(
      /^OPENAI_BASE_URL is no http or https/,
    );
  });
});

describe("a name that is unknown", () => {
  test("is refused with the nearest names", () => {
    expect(() => loadRegistry().resolve("gpt-4o-mni")).toThrow(
      /"gpt-4o-mni": did you mean gpt-4o-mini or .*openai\/gpt-4o-mni\?/,
    );
    expect(() => loadRegistry().resolve("lama3-405b")).toThrow(/did you mean llama3-405b\?/);
  });
  test("without any near one names the ways to find out", () => {
    expect(() => loadRegistry().resolve("zzzzzzzzzzzz")).toThrow(
      /all names are listed by "assay annotators"/,
    );
  });
  test.each(["", "openai/", "openai/..", "../x", "openai/a b", "a\nb"])(
    "is refused when it is %j",
    (name) => {
      expect(() => loadRegistry().resolve(name)).toThrow(UserError);
    },
  );
});

describe("the annotators file", () => {
  test("describes an annotator whole", () => {
    const file = fileOf(`
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
    const file = fileOf(`
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
    const without = fileOf("annotators:\n  local: {base_url: http://x.example/v1, batch_discount: 0.5}\n");
    expect(() => loadRegistry({ file: without })).toThrow(/field batch_discount: needs batch: true/);
  });

  test("needs no more than a base_url, and then sends no key and knows no price", () => {
    const file = fileOf("annotators:\n  local-llama:\n    base_url: http://127.0.0.1:8000/v1\n");
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
    const file = fileOf(
      "annotators:\n  gpt-4o-mini:\n    limits: {requests_per_minute: 10}\n    prices: {input: 1, output: 2}\n",
    );
    const { resolve, list } = loadRegistry({ file, openaiBaseUrl: "http://127.0.0.1:1/v1" });
    expect(resolve("gpt-4o-mini")).toEqual({
      ...loadRegistry().resolve("gpt-4o-mini"),
      baseUrl: "http://127.0.0.1:1/v1",
      limits: { requestsPerMinute: 10, tokensPerMinute: null },
      prices: { inputPerMillion: 1, outputPerMillion: 2 },
    });
    expect(list()).toHaveLength(NAMED.length);
  });

  test("makes variants of an OpenAI model, which share its parameters, key and route", () => {
    const file = fileOf(
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
    const file = fileOf("annotators:\n  gpt-4o-mini: {model: gpt-77}\n  llama3-405b: {model: other}\n");
    const { resolve } = loadRegistry({ file });
    expect(resolve("gpt-4o-mini")).toMatchObject({ model: "gpt-77", prices: null });
    expect(resolve("llama3-405b")).toMatchObject({ model: "other", prices: null });
  });

  test("must say whether a built-in's key goes to the new address", () => {
    const moved = "annotators:\n  gpt-4o-mini:\n    base_url: https://proxy.example/v1\n";
    expect(faultsOf(moved)).toBe(
      'FILE, line 3: entry "gpt-4o-mini", field base_url: sends its requests to another address: ' +
        "say key_variable: OPENAI_API_KEY to send that key there, or key_variable: null.",
    );
  });
});

describe("a wrong annotators file names line, entry, field and the way out", () => {
  const entry = (fields: string) => `annotators:\n  m:\n    base_url: http://h/v1\n    ${fields}\n`;
  test.each([
    ["", "FILE describes no annotators: write annotators: and, under it, one entry for each name."],
    ["models: {}", 'FILE, line 1: unknown field "models"'],
    ["annotators: [a]", "FILE, line 1: annotators is no map"],
    ["annotators:\n  a: {base_url: [", "FILE, line 2: "],
    ["annotators:\n  a: {}\n  a: {}\n", "FILE, line 3: Map keys must be unique. Correct the YAML there."],
    ["annotators:\n  m: {model: x}\n", 'FILE, line 2: entry "m", field base_url: is missing'],
    [
      "annotators:\n  m: {provider: nobody}\n",
      'FILE, line 2: entry "m", field base_url: is missing: it may be left out for the providers openai and together only.',
    ],
    ["annotators:\n  m:\n", 'FILE, line 2: entry "m": give a map such as base_url and model.'],
    ["annotators:\n  '../m': {base_url: 'http://h'}\n", 'FILE, line 2: entry "../m": a name has letters'],
    [
      "annotators:\n  m: {base_url: 'ftp://h'}\n",
      'FILE, line 2: entry "m", field base_url: is no http or https address',
    ],
    ["annotators:\n  m: {base_url: 'http://u:p@h'}\n", "field base_url: holds a user or password"],
    [
      "annotators:\n  m: {base_url: 'http://h/v1/chat/completions'}\n",
      "field base_url: ends with /chat/completions: leave that part out.",
    ],
    ["annotators:\n  m: {base_url: 'http://h/?k=1'}\n", "field base_url: has a query or fragment"],
    ["annotators:\n  m: {base_url: 7}\n", "field base_url: give an http or https address."],
    [entry("modle: x"), 'FILE, line 4: entry "m", unknown field modle: did you mean model?'],
    [
      entry("limits: {rpm: 5}"),
      'FILE, line 4: entry "m", unknown field rpm: the fields are requests_per_minute, tokens_per_minute.',
    ],
    [
      entry("limits: {requests_per_minute: fast}"),
      'FILE, line 4: entry "m", field limits.requests_per_minute: give a number above 0, or unlimited.',
    ],
    [
      entry("limits: 5"),
      'FILE, line 4: entry "m", field limits: give a map such as requests_per_minute: 500.',
    ],
    [
      entry("prices: {input: -1, output: 1}"),
      "field prices.input: give US dollars per million tokens, 0 or more.",
    ],
    [entry("prices: {input: 1}"), "field prices.output: give US dollars per million tokens, 0 or more."],
    [entry("charges: always"), "field charges: give one of usage, max_tokens, auto."],
    [entry("concurrency: 0.5"), "field concurrency: give a whole number above 0."],
    [entry("timeout: 0"), "field timeout: give seconds above 0."],
    [entry("tokenizer: gpt2"), "field tokenizer: give one of o200k_base, cl100k_base, estimate."],
    [
      entry("parameters: {unsupported: [max_tokens]}"),
      "field parameters.unsupported.0: give one of temperature",
    ],
    [
      entry("parameters: {max_tokens_name: max}"),
      "field parameters.max_tokens_name: give one of max_tokens, max_completion_tokens.",
    ],
    [entry("headers: {Authorization: x}"), "field headers.Authorization: may not be set here"],
    [entry("headers: {X-Api-Key: x}"), "field headers.X-Api-Key: may not be set here"],
    [entry("headers: {'a b': x}"), "field headers.a b: is no name of an HTTP header."],
    [entry('headers: {a: "x\\ny"}'), "field headers.a: holds characters that an HTTP header cannot have."],
    [
      entry("extra_body: {stream: true}"),
      "field extra_body: sets stream, which it may not: answers are never streamed.",
    ],
    [entry("extra_body: {n: 5}"), "field extra_body: sets n, which it may not"],
  ])("%j", (yaml, expected) => {
    expect(faultsOf(yaml)).toContain(expected);
  });

  test("all faults are told at once, a line each", () => {
    const told = faultsOf("annotators:\n  a:\n    base_url: x\n  b:\n    modell: y\n    timeout: -1\n").split(
      "\n",
    );
    expect(told.map((line) => line.match(/line \d+/)![0])).toEqual(["line 3", "line 6", "line 5"]);
  });

  test.each([
    entry("api_key: sk-abcdefghijklmnop1234"),
    entry("key: short"),
    entry("key_variable: sk-abcdefghijklmnop1234"),
    entry("headers: {X-Custom: Bearer abcdef}"),
    entry("extra_body: {a: [sk-abcdefghijklmnop1234]}"),
    entry("key_variable: lower_case_thing"),
  ])("a key written in the file is refused, not shown, and key_variable is named: %j", (yaml) => {
    const told = faultsOf(yaml);
    expect(told).toContain("FILE, line 4: ");
    expect(told).toMatch(/key_variable/);
    expect(told).not.toMatch(/abcdef|short|lower_case_thing/);
  });

  test("a file that is not there is named", () => {
    expect(() => loadRegistry({ file: join(folder, "none.yaml") })).toThrow(
      /none\.yaml cannot be read .*check the path/,
    );
  });

  test("no text makes it fail without a sentence", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `annotators: {m: ${json}}`),
        ),
        (text) => {
          try {
            loadRegistry({ file: fileOf(text) });
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the route of an annotator", () => {
  const base = loadRegistry().resolve("gpt-4o-mini");

  test("is readable and does not depend on the address", () => {
    expect(routeOf(base)).toEqual({
      id: expect.stringMatching(/^openai-gpt-4o-mini-[0-9a-f]{10}$/),
      provider: "openai",
      model: "gpt-4o-mini",
    });
    expect(routeOf({ ...base, baseUrl: "http://127.0.0.1:9/v1", name: "other" })).toEqual(routeOf(base));
  });

  test("differs by provider, key variable and model", () => {
    const ids = [
      base,
      { ...base, provider: "other" },
      { ...base, keyVariable: "OTHER" },
      { ...base, keyVariable: null },
      { ...base, model: "gpt-4o-Mini" },
    ].map((annotator) => routeOf(annotator).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is safe in subjects and stream names whatever the names are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (provider, model) => {
        expect(routeOf({ ...base, provider, model }).id).toMatch(/^[a-zA-Z0-9_-]{1,48}$/);
      }),
    );
  });
});
