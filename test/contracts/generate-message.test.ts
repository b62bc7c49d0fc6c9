import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addJobFlags } from "../../cli/flags/job-flags.ts";
import { GENERATE_FLAGS } from "../../cli/generate/generate-flags.ts";
import {
  GenerateMessage,
  modelFolder,
  parseGenerateMessage,
} from "../../shared/contracts/messages/generate-message.ts";

const parse = (message: Record<string, unknown>) =>
  parseGenerateMessage({ source_file: "p.jsonl", ...message });

test("the flags of the command are the fields of the message, all of them and no others", () => {
  const command = new Command();
  addJobFlags(command, GENERATE_FLAGS);
  const fields = command.options.map(({ long }) => long!.slice(2).replaceAll("-", "_"));
  expect(fields.filter((name) => name !== "resume").sort()).toEqual(
    Object.keys(GenerateMessage.shape).sort(),
  );
});

describe("models", () => {
  test("may be names in one text, each of which has all that is said for all", () => {
    const models = parse({ models: "a, b/c", temperature: 0.5 });
    expect(models.map(({ values }) => [values.name, values.annotator, values.temperature])).toEqual([
      ["a", "a", 0.5],
      ["b/c", "b/c", 0.5],
    ]);
    expect(modelFolder("b/c")).toBe("b___c");
  });

  test("may have parameters of their own in place of the common ones, and are known to have them", () => {
    const warm = { annotator: "a", name: "warm", temperature: 1.5, max_requests_per_minute: 7 };
    const [plain, own] = parse({ models: ["a", warm], temperature: 0.5, system: "s" });
    expect(plain!.values).toMatchObject({ name: "a", temperature: 0.5, system: "s" });
    expect(own!.values).toMatchObject({ name: "warm", annotator: "a", temperature: 1.5, system: "s" });
    expect(own!.values.max_requests_per_minute).toBe(7);
    expect(own!.given).toMatchObject({ temperature: 1.5 });
    expect(own!.given).not.toHaveProperty("top_p");
  });

  test("are left out by exclude, and taken alone by include", () => {
    const names = (message: Record<string, unknown>) =>
      parse({ models: "a,b,c", ...message }).map(({ values }) => values.name);
    expect(names({ exclude: "b" })).toEqual(["a", "c"]);
    expect(names({ include: ["c", "a"] })).toEqual(["a", "c"]);
    expect(names({ include: "a,b", exclude: "a" })).toEqual(["b"]);
  });

  test("give five responses as sparse feedback, unless another number is given", () => {
    const n = (message: Record<string, unknown>) => parse({ models: "a", ...message })[0]!.values.n;
    expect([n({}), n({ format: "sparse-feedback" }), n({ format: "sparse-feedback", n: 2 })]).toEqual([
      1, 5, 2,
    ]);
  });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ["no models", {}, /^The field models is missing: name one or more annotators\.$/],
  ["no name in models", { models: " , " }, /^models is empty/],
  ["no file", { models: "a", source_file: [] }, /^source_file is empty/],
  ["two models with one folder", { models: ["a/b", "a___b"] }, /^Two models are called a___b/],
  ["a model without an annotator", { models: [{ name: "x" }] }, /^Model x: The field annotator is missing/],
  ["a name that climbs", { models: [{ annotator: "a", name: "../x" }] }, /^Model \.\.\/x: name cannot be/],
  ["an exclude of nobody", { models: "alpha", exclude: "alfa" }, /^exclude names alfa.*did you mean alpha\?/],
  ["nobody left", { models: "a", exclude: "a" }, /^No model is left/],
  [
    "a misspelt field",
    { models: "a", temprature: 1 },
    /There is no field temprature: did you mean temperature/,
  ],
  [
    "a model's misspelt field",
    { models: [{ annotator: "a", temprature: 1 }] },
    /^Model a: it has no field temprature of its own: did you mean temperature/,
  ],
  [
    "a field that holds for all",
    { models: [{ annotator: "a", limit: 3 }] },
    /^Model a: it has no field limit of its own: it holds for all models/,
  ],
  [
    "a host: no message can name one",
    { models: [{ annotator: "a", base_url: "http://x" }] },
    /^Model a: it has no field base_url of its own/,
  ],
  ["a model's wrong value", { models: ["b", { annotator: "a", n: 0 }] }, /^Model a: n is 0: give/],
])("%s is refused with a sentence", (_what, message, sentence) => {
  expect(() => parse(message)).toThrow(sentence);
});
