import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import {
  convertToRankingsEval,
  convertToRatingsEval,
} from "../../tools/sparse-feedback/convert-evaluation.ts";
import {
  type Conversion,
  convertToRankings,
  convertToRatings,
} from "../../tools/sparse-feedback/convert-responses.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { skipUnless } from "../support/skip-unless.ts";

const data = join(packageRoot, "../shared/data/sparse_feedback");
const skips = skipUnless(existsSync(data), `the published conversions are not at ${data}`);
const real = (name: string) => join(data, name);

describe.skipIf(skips)("published conversions come out byte for byte", () => {
  test.each([
    ["ratings", convertToRatings, "sample_generation.json", "ratings_sample_generation.csv", 100],
    ["rankings", convertToRankings, "sample_generation.json", "rankings_sample_generation.csv", 200],
    ["ratings-eval", convertToRatingsEval, "davinci003.json", "davinci_for_llm_eval.csv", 553],
  ] as const)("%s", async (_, convert, input, expected, rows) => {
    await using folder = await temporaryFolder();
    const done = await convert({ input: real(input), output: folder.at("out.csv") });
    expect(done.rows).toBe(rows);
    expect(readFileSync(folder.at("out.csv")).equals(readFileSync(real(expected)))).toBe(true);
  });

  test("rankings-eval", async () => {
    await using folder = await temporaryFolder();
    const [reference, aligned] = [real("davinci003.json"), real("ratings_alpaca.json")];
    const done = await convertToRankingsEval({ reference, aligned, output: folder.at("out.csv") });
    expect(done).toMatchObject({
      rows: 553,
      leftOut: 252,
      repeated: 0,
      onlyInReference: 0,
      onlyInAligned: 0,
    });
    const expected = readFileSync(real("rankings_for_llm_eval.csv"));
    expect(readFileSync(folder.at("out.csv")).equals(expected)).toBe(true);
  });
});

async function converted(convert: typeof convertToRatings, name: string, content: string) {
  await using folder = await temporaryFolder();
  const input = await folder.put(name, content);
  const { output: _, ...counts } = await convert({ input, output: folder.at("out.csv") });
  return { ...counts, text: readFileSync(folder.at("out.csv"), "utf8") };
}

test("cells are quoted only where they must be, and lines end in a line feed alone", async () => {
  const rows = [{ instruction: 'Say "a, b"', input: "x\ny", responses: ["plain", " é\r", ""] }];
  const { text, ...counts } = await converted(convertToRatings, "in.json", JSON.stringify(rows));
  expect(text).toBe(
    'instruction,input,response\n"Say ""a, b""","x\ny",plain\n"Say ""a, b""","x\ny"," é\r"\n"Say ""a, b""","x\ny",\n',
  );
  expect(counts).toEqual({
    rows: 3,
    prompts: 1,
    responses: 3,
    emptyResponses: 1,
    shortPrompts: 0,
    replaced: 0,
  });
});

test("pairs are i < j in the order of the responses, and prompts with fewer are counted", async () => {
  const lines = [
    { instruction: "p", responses: ["1", "2", "3"] },
    { instruction: "q", input: null, responses: ["only"] },
  ];
  const content = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const { text, ...counts } = await converted(convertToRankings, "in.jsonl", content);
  expect(text.split("\n").slice(1, -1)).toEqual(["p,,1,2", "p,,1,3", "p,,2,3"]);
  expect(counts).toMatchObject({ rows: 3, prompts: 2, responses: 4, shortPrompts: 1 });
});

test("responses may stand in numbered columns of a CSV, with a byte order mark and CRLF", async () => {
  const content = "\uFEFFresponse10,response2,instruction,input\r\nten,two,p,x\r\n";
  const { text } = await converted(convertToRatings, "in.csv", content);
  expect(text).toBe("instruction,input,response\np,x,two\np,x,ten\n");
});

test.each<
  [
    why: string,
    convert: (conversion: Conversion) => Promise<object>,
    name: string,
    content: string,
    says: RegExp,
  ]
>([
  [
    "no responses",
    convertToRatings,
    "in.jsonl",
    '{"instruction":"p"}\n',
    /in\.jsonl line 1 has no responses, only "instruction"/,
  ],
  [
    "a response that is no text",
    convertToRatings,
    "in.json",
    '[{"instruction":"p","responses":["a",3]}]',
    /row 0 has a number as responses\[1\]/,
  ],
  [
    "responses that are no list",
    convertToRatings,
    "in.json",
    '[{"instruction":"p","responses":"a"}]',
    /row 0 has text in "responses" where a list/,
  ],
  [
    "no instruction",
    convertToRatings,
    "in.jsonl",
    '{"responses":["a"]}\n',
    /line 1 has no "instruction", only "responses"/,
  ],
  [
    "a broken line",
    convertToRatings,
    "in.jsonl",
    '{"instruction":"p","responses":["a"]}\n{"inst\n',
    /line 2 is not valid JSON/,
  ],
  ["a list as a row", convertToRatings, "in.json", "[[1]]", /row 0 is a list where an object is needed/],
  ["no rows", convertToRatings, "in.json", "[]", /in\.json holds no rows/],
  ["an empty file", convertToRatings, "in.json", "", /in\.json is empty/],
  [
    "nothing to compare",
    convertToRankings,
    "in.jsonl",
    '{"instruction":"p","responses":["a"]}\n',
    /No prompt of .* has two responses/,
  ],
  [
    "outputs without text",
    convertToRatingsEval,
    "in.jsonl",
    '{"instruction":"p","output":null}\n',
    /line 1 has null in "output"/,
  ],
  [
    "only what is left out",
    convertToRatingsEval,
    "in.jsonl",
    '{"dataset":"selfinstruct","instruction":"p","output":"o"}\n',
    /only rows of the dataset "selfinstruct"/,
  ],
])("%s: one sentence, and no file", async (_, convert, name, content, says) => {
  await using folder = await temporaryFolder();
  const input = await folder.put(name, content);
  await expect(convert({ input, output: folder.at("out.csv") })).rejects.toThrow(says);
  expect(existsSync(folder.at("out.csv"))).toBe(false);
});

test("the input is never overwritten", async () => {
  await using folder = await temporaryFolder();
  const input = await folder.put("in.json", '[{"instruction":"p","responses":["a"]}]');
  await expect(convertToRatings({ input, output: input })).rejects.toThrow(/--output is the input file/);
});

describe("outputs of two models", () => {
  const outputs = (...rows: [instruction: string, output: string, dataset?: string][]) =>
    rows
      .map(
        ([instruction, output, dataset = "koala"]) => `${JSON.stringify({ dataset, instruction, output })}\n`,
      )
      .join("");

  async function paired(reference: string, aligned: string, commonOnly = false) {
    await using folder = await temporaryFolder();
    const done = await convertToRankingsEval({
      reference: await folder.put("reference.jsonl", reference),
      aligned: await folder.put("aligned.jsonl", aligned),
      output: folder.at("out.csv"),
      commonOnly,
    });
    return { ...done, text: readFileSync(folder.at("out.csv"), "utf8") };
  }

  test("are joined on the prompt in the reference's order; the first of repeated ones is used", async () => {
    const done = await paired(
      outputs(["b", "B"], ["a", "A"], ["a", "A2"], ["s", "S", "selfinstruct"]),
      outputs(["a", "x"], ["b", "y"], ["b", "z"]),
    );
    expect(done.text).toBe("instruction,input,response1,response2\nb,,B,y\na,,A,x\n");
    expect(done).toMatchObject({ rows: 2, leftOut: 1, repeated: 2, onlyInReference: 0, onlyInAligned: 0 });
  });

  test("with unequal prompts are refused by name, or paired where both have one", async () => {
    const [reference, aligned] = [
      outputs(["a", "A"], ["b", "B"]),
      outputs(["a", "x"], ["c", "z"], ["d", "z"]),
    ];
    await expect(paired(reference, aligned)).rejects.toThrow(
      /1 only in .*reference\.jsonl \(the first: "b"\) and 2 only in .*aligned\.jsonl \(the first: "c"\): .*--common_only/,
    );
    const done = await paired(reference, aligned, true);
    expect(done).toMatchObject({ rows: 1, onlyInReference: 1, onlyInAligned: 2 });
  });

  test("without a common prompt are refused", async () => {
    await expect(paired(outputs(["a", "A"]), outputs(["b", "B"]), true)).rejects.toThrow(
      /no prompt in common/,
    );
  });
});
