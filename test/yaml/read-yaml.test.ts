import { describe, expect, test } from "vitest";
import { readYaml } from "../../shared/yaml/read-yaml.ts";

const read = (text: string) => readYaml(text, "f.yaml").value;

describe("YAML is read as it is written", () => {
  test.each([
    ["a: 1\nb: [x, {c: d}]\n", { a: 1, b: ["x", { c: "d" }] }],
    ["- - |\n    [[[ ? - text\n  - x # [\n", [["[[[ ? - text\n", "x"]]],
    ["base: &b {x: 1}\none: *b\n", { base: { x: 1 }, one: { x: 1 } }],
    ["\"quoted [{\": '}'\n", { "quoted [{": "}" }],
    ["", null],
  ])("%j", (text, value) => {
    expect(read(text)).toEqual(value);
  });
});

describe("beyond its bounds it is refused, with the line and the way out", () => {
  const nested = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);
  test.each([
    ["keys that are keys", "a:\n  ? ? ? b", "line 2: a key begins with ?, where a plain one can stand"],
    ["a key that is a list", "a: 1\n[b]: c", "line 2: a key is a list, a map or an alias"],
    ["a key that is an alias", "a: &x b\n*x : c", "line 2: a key is a list, a map or an alias"],
    ["brackets", `a:\n ${nested("[", "]", 65)}`, "line 2: it is nested deeper than 64 levels"],
    ["maps on one line", `\n${nested("{a: ", "}", 200)}`, "line 2: it is nested deeper than 64 levels"],
    ["lists on one line", `${"- ".repeat(65)}a`, "line 1: it is nested deeper than 64 levels"],
    ["what closes nothing", `a: 1\n${"}".repeat(90_000)}`, "line 2: } closes nothing"],
  ])("%s", (_, text, sentence) => {
    expect(() => read(text)).toThrow(`f.yaml, ${sentence}`);
    expect(() => read(text)).toThrow(/ Correct the YAML there\.$/);
  });

  test("a text without end", () => {
    expect(() => read(`a: ${"x".repeat(131_072)}`)).toThrow(
      "f.yaml is 131075 characters long, and YAML of more than 131072 is not read: make it shorter.",
    );
  });

  test("aliases of aliases", () => {
    const levels = Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`);
    expect(() => read(`a0: &a0 [x, x]\n${levels.join("")}`)).toThrow(
      /^f\.yaml cannot be read as YAML .*aliases/,
    );
  });
});

test("what is nested as deep as is allowed is read", () => {
  expect(JSON.stringify(read(`${"[".repeat(64)}${"]".repeat(64)}`))).toHaveLength(128);
});
