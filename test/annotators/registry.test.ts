import { describe, expect, test } from "vitest";
import { Annotator, DEFAULT_ANNOTATOR } from "../../shared/annotators/annotator.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { UserError } from "../../shared/errors.ts";

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
