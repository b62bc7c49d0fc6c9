import { expect, test } from "vitest";
import { startSystem } from "../support/system.ts";
import { type Message, ref, STAGES, submit } from "./pipelines.ts";

test.each<[string, Message, RegExp]>([
  [
    "an output outside",
    { output_dir: "../elsewhere" },
    /^output_dir .*elsewhere lies outside of the data roots/,
  ],
  [
    "an input outside",
    { stages: { mix: { uses: "mix", input_dir: "/etc" } } },
    /^Stage mix: input_dir \/etc lies outside of the data roots/,
  ],
  [
    "a page outside",
    {
      stages: { c: { uses: "consistency", ratings_csv: "a.csv", rankings_csv: "b.csv", html: "../x.html" } },
    },
    /^Stage c: html .*x\.html lies outside of the data roots/,
  ],
  [
    "publishing",
    { stages: { p: { uses: "publish", to: "hf:a/b", input: "out" } } },
    /^Stage p: what goes to the hub must be typed in an assay command/,
  ],
  [
    "an unknown model",
    { stages: { r: { ...STAGES.responses, models: "gpt-4o-mimi" } } },
    /^Stage r: Unknown annotator "gpt-4o-mimi": did you mean gpt-4o-mini/,
  ],
  [
    "a parameter that a model does not take",
    { stages: { r: { ...STAGES.responses, models: "openai/o4-mini", temperature: 0.5 } } },
    /^Stage r: .*temperature/,
  ],
  [
    "a file that is not there",
    { stages: { p: { uses: "preferences pairs", input: "out/rankings.csv" } } },
    /^Stage p: There is no file \S*out\/rankings\.csv: check the path\.$/,
  ],
  [
    "a circle",
    {
      stages: {
        a: { uses: "mix", input_dir: ref("b.output") },
        b: { uses: "mix", input_dir: ref("a.output") },
      },
    },
    /^The stages a -> b -> a wait for each other/,
  ],
])("in a message %s is refused with one sentence", async (_what, message, sentence) => {
  await using system = await startSystem();
  await system.coordinator();
  expect(await submit(system, message)).toMatchObject({
    error: expect.stringMatching(sentence),
    exitCode: 2,
  });
});
