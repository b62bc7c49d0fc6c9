import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SAMPLING } from "../../cli/flags/flag-groups.ts";
import { givenFields } from "../../cli/flags/job-flags.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { parseSampling, samplingShape } from "../../shared/contracts/messages/sampling.ts";
import type { SamplingName } from "../../shared/contracts/messages/sampling-table.ts";
import { UserError } from "../../shared/errors.ts";

const { resolve } = loadRegistry();
const mini = resolve("gpt-4o-mini");
const o3 = resolve("openai/o3");

function bodyOf(annotator: typeof mini, input: Record<string, unknown> = {}) {
  const { params, given } = parseSampling(input);
  return buildRequest(annotator, params, given);
}

describe("sampling parameters", () => {
  test("have defaults of their own only where no cost could be told without", () => {
    expect(parseSampling({})).toEqual({ params: { max_tokens: 2048, n: 1 }, given: new Set() });
  });

  test("given ones are told from defaults, even where they are equal", () => {
    const { params, given } = parseSampling({ temperature: 1, stop: "a,b", logprobs: true, top_logprobs: 5 });
    expect(given).toEqual(new Set(["temperature", "stop", "logprobs", "top_logprobs"]));
    expect(params.stop).toEqual(["a", "b"]);
  });

  test("JSON flags take an object or its text", () => {
    for (const bias of [{ "5": -1 }, '{"5": -1}'])
      expect(parseSampling({ logit_bias: bias }).params.logit_bias).toEqual({ "5": -1 });
    expect(parseSampling({ extra_body: '{"top_k": 3}' }).params.extra_body).toEqual({ top_k: 3 });
  });

  test("parsing what was parsed changes nothing", () => {
    const { params } = parseSampling({ stop: "x,,y", extra_body: '{"a":[1]}', logit_bias: '{"1":2}', n: 3 });
    expect(parseSampling(params).params).toEqual(params);
  });

  test.each([
    [{ temperature: 3 }, "temperature is 3: give a number from 0 to 2."],
    [{ temperature: "hot" }, 'temperature is "hot": give a number from 0 to 2.'],
    [{ temperature: Number.NaN }, "temperature is null: give a number from 0 to 2."],
    [{ top_p: -0.1 }, "top_p is -0.1: give a number from 0 to 1."],
    [{ seed: 1.5 }, "seed is 1.5: give a whole number."],
    [{ max_tokens: 0 }, "max_tokens is 0: give a whole number of at least 1."],
    [{ max_tokens: null }, "max_tokens is null: give a whole number of at least 1."],
    [{ n: 129 }, "n is 129: give a whole number from 1 to 128."],
    [{ n: 1.5 }, "n is 1.5: give a whole number from 1 to 128."],
    [{ frequency_penalty: 2.1 }, "frequency_penalty is 2.1: give a number from -2 to 2."],
    [{ presence_penalty: -3 }, "presence_penalty is -3: give a number from -2 to 2."],
    [{ stop: "a,b,c,d,e" }, 'stop is ["a","b","c","d","e"]: give at most 4 texts, separated by commas.'],
    [{ stop: 5 }, "stop is 5: give at most 4 texts, separated by commas."],
    [{ logprobs: "yes" }, 'logprobs is "yes": give true or false.'],
    [{ logprobs: true, top_logprobs: 21 }, "top_logprobs is 21: give a whole number from 0 to 20."],
    [{ top_logprobs: 2 }, "top_logprobs is 2, but logprobs is not set: give logprobs too, or leave it out."],
    [
      { logit_bias: { a: 1 } },
      'logit_bias is {"a":1}: give a JSON object of token ids and numbers from -100 to 100 such as {"50256": -100}.',
    ],
    [{ logit_bias: { "5": 101 } }, 'logit_bias is {"5":101}: give a JSON object'],
    [{ logit_bias: "{" }, 'logit_bias is "{": give a JSON object'],
    [{ extra_body: "[1]" }, 'extra_body is [1]: give a JSON object such as {"reasoning_effort": "low"}.'],
    [{ extra_body: "{bad" }, 'extra_body is "{bad": give a JSON object'],
    [{ min_p: 1.1 }, "min_p is 1.1: give a number from 0 to 1."],
    [{ top_k: -2 }, "top_k is -2: give a whole number of at least -1."],
    [{ repetition_penalty: 3 }, "repetition_penalty is 3: give a number from 0 to 2."],
    [{ warmth: 5 }, "There is no sampling parameter warmth: pass it in extra_body if the model takes it."],
  ])("%j is refused: %s", (input, sentence) => {
    expect(() => parseSampling(input)).toThrow(UserError);
    expect(() => parseSampling(input)).toThrow(sentence);
  });

  test("each fault is told", () => {
    expect(() => parseSampling({ temperature: 9, n: 0 })).toThrow(/^temperature is 9.* n is 0/);
  });

  test.each([
    ["temperature", "0.5", 0.5],
    ["seed", "-7", -7],
    ["n", "", ""],
    ["n", "many", "many"],
    ["max_tokens", "Infinity", "Infinity"],
    ["stop", "1,2", "1,2"],
    ["extra_body", "{}", "{}"],
  ] as [SamplingName, string, unknown][])("the command line's %s %j means %j", (name, text, value) => {
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(givenFields({ [camel]: text }, [SAMPLING], (_, given) => given)).toEqual({ [name]: value });
  });

  test("no value makes parsing fail without a sentence that names its flag", () => {
    const names = Object.keys(samplingShape);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        try {
          parseSampling({ [name]: value });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message.startsWith(`${name} is `)).toBe(true);
        }
      }),
    );
  });
});

describe("the request body", () => {
  test("holds the defaults under the names that the model takes, and no more", () => {
    expect(bodyOf(mini)).toEqual({
      model: "gpt-4o-mini",
      temperature: 1,
      top_p: 1,
      seed: 42,
      max_tokens: 2048,
    });
    expect(bodyOf(o3)).toEqual({ model: "o3", seed: 42, max_completion_tokens: 2048 });
  });

  test("holds all that the user gave", () => {
    const given = {
      temperature: 0,
      stop: ["a"],
      frequency_penalty: 1,
      presence_penalty: -1,
      logit_bias: { "1": 2 },
      logprobs: true,
      top_logprobs: 0,
      n: 3,
    };
    expect(bodyOf(mini, given)).toEqual({
      ...given,
      model: "gpt-4o-mini",
      top_p: 1,
      seed: 42,
      max_tokens: 2048,
    });
  });

  test.each([
    { temperature: 0.2 },
    { top_p: 0.9 },
    { stop: "x" },
    { frequency_penalty: 1 },
    { presence_penalty: 1 },
    { logit_bias: { "1": 1 } },
    { logprobs: true },
  ])("a given parameter that the model does not take is refused by name: %j", (input) => {
    const [name] = Object.keys(input);
    expect(() => bodyOf(o3, input)).toThrow(
      new RegExp(`^openai/o3 does not take ${name} \\(given: .*\\): leave it out`),
    );
  });

  test("a given value that changes nothing is accepted and left out", () => {
    const neutral = {
      temperature: 1,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      logprobs: false,
      n: 1,
    };
    expect(bodyOf(o3, neutral)).toEqual({ model: "o3", seed: 42, max_completion_tokens: 2048 });
  });

  test("extra_body comes last and may pass what the model takes after all", () => {
    expect(bodyOf(o3, { extra_body: { reasoning_effort: "low", temperature: 0.3 } })).toEqual({
      model: "o3",
      seed: 42,
      max_completion_tokens: 2048,
      reasoning_effort: "low",
      temperature: 0.3,
    });
  });

  test.each(["messages", "model", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens"])(
    "extra_body may not set %s",
    (name) => {
      expect(() => bodyOf(mini, { extra_body: { [name]: 1 } })).toThrow(
        `extra_body sets ${name}, which it may not: `,
      );
    },
  );

  test("the annotator's own extra body replaces defaults, not what the user gave", () => {
    const own = { ...mini, extraBody: { temperature: 0.6, seed: 1, top_k: 5 } };
    expect(bodyOf(own, { seed: 7 })).toMatchObject({ temperature: 0.6, seed: 7, top_k: 5 });
    expect(bodyOf(own, { extra_body: { top_k: 9 } })).toMatchObject({ top_k: 9 });
  });

  test("more tokens than the model can write are refused before any call", () => {
    expect(() => bodyOf(resolve("gpt-4-turbo-preview"), { max_tokens: 4097 })).toThrow(
      "max_tokens is 4097, but gpt-4-turbo-preview writes at most 4096 tokens: give 4096 or less.",
    );
  });
});
