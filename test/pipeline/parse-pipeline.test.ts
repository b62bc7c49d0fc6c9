import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JOB_STAGES } from "../../services/coordinator/kinds/job-kinds.ts";
import { parsePipelineMessage } from "../../shared/contracts/messages/pipeline-message.ts";
import { orderStages } from "../../tools/pipeline/order-stages.ts";
import { parsePipeline } from "../../tools/pipeline/parse-pipeline.ts";

const parse = (message: Record<string, unknown>) =>
  parsePipeline(parsePipelineMessage(message), "/data", JOB_STAGES);

/** How a stage names what another has written. */
const ref = (name: string) => `\${${name}}`;

const RESPONSES = { uses: "generate", source_file: "p.jsonl", models: "gpt-4o-mini,gpt-4o-2024-08-06" };
const STAGES = {
  pairs: {
    uses: "preferences_binarize",
    input: ref("judge.output"),
    output: `${ref("output_dir")}/best.jsonl`,
  },
  judge: { uses: "judge", method: "ultrafeedback", input: ref("mix.output") },
  responses: RESPONSES,
  mix: { uses: "mix", input_dir: ref("responses.output") },
};

describe("the stages of a pipeline", () => {
  test("come in the order in which they read each other, with their references and places resolved", () => {
    const { outputDir, stages } = parse({ name: "uf", stages: STAGES });
    expect(outputDir).toBe("/data/datasets/uf");
    expect(stages.map(({ name, kind, after }) => [name, kind.kind, after])).toEqual([
      ["responses", "responses-generate", []],
      ["mix", "mix", ["responses"]],
      ["judge", "preferences-judge", ["mix"]],
      ["pairs", "preferences binarize", ["judge"]],
    ]);
    expect(stages.map(({ reads, outputs }) => [reads, outputs.output])).toEqual([
      [["/data/p.jsonl"], "/data/datasets/uf/responses"],
      [["/data/datasets/uf/responses"], "/data/datasets/uf/mix"],
      [["/data/datasets/uf/mix"], "/data/datasets/uf/judge.jsonl"],
      [["/data/datasets/uf/judge.jsonl"], "/data/datasets/uf/best.jsonl"],
    ]);
    expect(stages[0]!.message).toMatchObject({ temp_dir: "/data/datasets/temp" });
  });

  test("wait for what writes the file that they name, also without a reference", () => {
    const stages = {
      last: { uses: "preferences pairs", input: "out/feedback.csv" },
      first: { uses: "judge", method: "rankings", input: "r.csv", output: "out/feedback.csv" },
    };
    expect(parse({ stages }).stages.map(({ name, after }) => [name, after])).toEqual([
      ["first", []],
      ["last", ["first"]],
    ]);
  });

  test("have the defaults that they know, and none that they do not know", () => {
    const { stages } = parse({ stages: STAGES, defaults: { max_cost: 3, seed: 5, models: "x" } });
    expect(stages.map(({ message }) => [message.max_cost, message.seed])).toEqual([
      [3, 5],
      [undefined, 5],
      [3, 5],
      [undefined, 5],
    ]);
  });

  test("a doubled dollar sign is one, and braces of templates are left alone", () => {
    const responses = { ...RESPONSES, template: `{text} costs $\${price}`, system: "$$" };
    expect(parse({ stages: { responses } }).stages[0]!.message).toMatchObject({
      template: `{text} costs ${ref("price")}`,
      system: "$",
    });
  });

  test("of a hub dataset or Assay's own templates nothing is taken for a path", () => {
    const again = { uses: "reannotate", dataset: "garage-bAInd/Open-Platypus", annotator: "gpt-4o-mini" };
    const judge = { uses: "judge", method: "ratings", input: "r.csv", prompt_template: "ratings" };
    const { stages } = parse({ stages: { again, judge } });
    expect(stages.map(({ message, reads }) => [message.dataset ?? message.prompt_template, reads])).toEqual([
      ["garage-bAInd/Open-Platypus", []],
      ["ratings", ["/data/r.csv"]],
    ]);
  });
});

test.each<[string, Record<string, unknown>, string | RegExp]>([
  ["no stages", {}, /^The field stages is missing: name the stages/],
  ["an empty map", { stages: {} }, /stages is empty/],
  ["a list", { stages: [] }, /stages must be a map of names/],
  [
    "a misspelt field",
    { stages: STAGES, output_dirr: "x" },
    "There is no field output_dirr: did you mean output_dir",
  ],
  ["a name with a blank", { stages: { "a b": RESPONSES } }, /"a b" is no name of a stage/],
  ["a stage that uses nothing", { stages: { a: {} } }, "Stage a: it says not what it uses"],
  [
    "an unknown use",
    { stages: { a: { uses: "jugde" } } },
    'Stage a: there is nothing called "jugde" that it could use: did you mean judge?',
  ],
  [
    "a misspelt field of a job",
    { stages: { a: { ...RESPONSES, modles: "x" } } },
    "Stage a: generate has no field modles: did you mean models",
  ],
  [
    "a misspelt field of a tool",
    { stages: { a: { uses: "mix", input_dirs: "x" } } },
    "Stage a: mix has no field input_dirs: did you mean input_dir",
  ],
  [
    "a field that is missing",
    { stages: { a: { uses: "mix" } } },
    "Stage a: The field input_dir is missing: name what it reads.",
  ],
  [
    "a wrong value",
    { stages: { a: { uses: "split", input: "x.jsonl", val: 2 } } },
    "Stage a: val must be a share between 0 and 1",
  ],
  [
    "a wrong format",
    { stages: { a: { uses: "preferences binarize", input: "x.jsonl", format: "trll" } } },
    'Stage a: --format has "trll": did you mean trl?',
  ],
  [
    "a wrong place at the hub",
    { stages: { a: { uses: "publish", input: "x.jsonl", to: "somewhere" } } },
    "Stage a: ",
  ],
  [
    "files of another method",
    { stages: { a: { uses: "winrate", method: "rankings", input1: "x" } } },
    "method rankings takes its files as input alone",
  ],
  [
    "what holds for the whole",
    { stages: { a: { ...RESPONSES, overwrite: true } } },
    "Stage a: generate has no field overwrite",
  ],
  [
    "an unknown stage",
    { stages: { ...STAGES, mix: { uses: "mix", input_dir: ref("responces.output") } } },
    `Stage mix: ${ref("responces.output")} names no stage: did you mean responses?`,
  ],
  [
    "an unknown output",
    { stages: { ...STAGES, mix: { uses: "mix", input_dir: ref("responses.outputs") } } },
    `Stage mix: ${ref("responses.outputs")} names no output: did you mean output?`,
  ],
  [
    "an unknown name",
    { stages: { a: { ...RESPONSES, source_file: `${ref("outdir")}/x` } } },
    `Stage a: ${ref("outdir")} names no value: did you mean output_dir?`,
  ],
  [
    "a stage that reads itself",
    { stages: { a: { uses: "mix", input_dir: ref("a.output") } } },
    "The stages a -> a wait for each other",
  ],
  [
    "a circle",
    {
      stages: {
        a: { uses: "mix", input_dir: ref("b.output") },
        b: { uses: "mix", input_dir: ref("a.output") },
      },
    },
    "The stages a -> b -> a wait for each other",
  ],
  [
    "two that write the same",
    {
      stages: {
        a: { uses: "mix", input_dir: "x", output_dir: "o" },
        b: { uses: "mix", input_dir: "y", output_dir: "o" },
      },
    },
    "The stages a and b both write /data/o",
  ],
])("%s is refused with one sentence", (_what, message, sentence) => {
  expect(() => parse(message)).toThrow(sentence);
});

describe("an order of stages", () => {
  const graph = fc
    .integer({ min: 1, max: 9 })
    .chain((size) =>
      fc.tuple(fc.constant(size), fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 })),
    );
  const named = (place: number) => `s${place}`;

  test("has each behind all that it waits for, or names a circle that there is", () => {
    fc.assert(
      fc.property(graph, ([size, edges]) => {
        const names = Array.from({ length: size }, (_, place) => named(place));
        const waitsFor = (name: string) =>
          edges.filter(([from]) => named(from) === name).map(([, to]) => named(to));
        let ordered: string[];
        try {
          ordered = orderStages(names, waitsFor);
        } catch (error) {
          const circle = /The stages (.*) wait for/.exec((error as Error).message)![1]!.split(" -> ");
          expect(circle[0]).toBe(circle.at(-1));
          for (const [at, name] of circle.slice(0, -1).entries())
            expect(waitsFor(name)).toContain(circle[at + 1]);
          return;
        }
        expect(ordered.toSorted()).toEqual(names.toSorted());
        for (const name of names)
          for (const before of waitsFor(name))
            expect(ordered.indexOf(before)).toBeLessThan(ordered.indexOf(name));
      }),
    );
  });
});
