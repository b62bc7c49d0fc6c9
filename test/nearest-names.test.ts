import { describe, expect, test } from "vitest";
import { editDistance, nearestNames } from "../shared/words/nearest-names.ts";

describe("nearest names", () => {
  test.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
  ])("%j and %j are %i edits apart", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test("come nearest first, whatever the case, and far ones not at all", () => {
    expect(nearestNames("GPT4", ["gpt-4", "gpt-4o", "llama", "gpt4"])).toEqual(["gpt4", "gpt-4", "gpt-4o"]);
    expect(nearestNames("x", ["n", "ab"])).toEqual([]);
    expect(nearestNames("platypus", ["garage-bAInd/Open-Platypus", "x"])).toEqual([
      "garage-bAInd/Open-Platypus",
    ]);
  });
});
