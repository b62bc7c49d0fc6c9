import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { UserError } from "../../shared/errors.ts";
import { annotatorsFiles } from "./annotators-files.ts";

const files = annotatorsFiles();
afterAll(() => files[Symbol.dispose]());

function faultsOf(yaml: string): string {
  try {
    loadRegistry({ file: files.put(yaml) });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.replaceAll(/\S*annotators-\d+\.yaml/g, "FILE");
  }
  throw new Error("the file was accepted");
}

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
      'FILE, line 2: entry "m", field base_url: is missing: it may be left out for the providers openai, together and anthropic only.',
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
      "field extra_body: sets stream, which it may not: the annotators file has stream: true for models that answer in streams only.",
    ],
    [entry("extra_body: {n: 5}"), "field extra_body: sets n, which it may not"],
  ])("%j", (yaml, expected) => {
    expect(faultsOf(yaml)).toContain(expected);
  });

  test("that moves a built-in must say whether its key goes to the new address", () => {
    const moved = "annotators:\n  gpt-4o-mini:\n    base_url: https://proxy.example/v1\n";
    expect(faultsOf(moved)).toBe(
      'FILE, line 3: entry "gpt-4o-mini", field base_url: sends its requests to another address: ' +
        "say key_variable: OPENAI_API_KEY to send that key there, or key_variable: null.",
    );
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
    expect(() => loadRegistry({ file: files.at("none.yaml") })).toThrow(
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
            loadRegistry({ file: files.put(text) });
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
