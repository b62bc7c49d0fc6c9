import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { writePreferencePairs } from "../../tools/sparse-feedback/preference-pairs.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

async function pairsOf(content: string) {
  await using folder = await temporaryFolder();
  const input = await folder.put("rankings.csv", content);
  const { output: _, ...counts } = await writePreferencePairs({ input, output: folder.at("pairs.json") });
  return { counts, pairs: JSON.parse(readFileSync(folder.at("pairs.json"), "utf8")) };
}

test("the preferred response stands first, under the prompt with one space at its end", async () => {
  const { pairs } = await pairsOf("p,,x,y,(a)\nq,ctx,x,y,(b)\np,nan,x,z,(b)\n");
  const [without, withInput] = Object.keys(pairs) as [string, string];
  expect(without).toMatch(/### Instruction:\np\n\n### Response: $/);
  expect(withInput).toMatch(/### Instruction:\nq\n\n### Input:\nctx\n\n### Response: $/);
  const [first, second] = [
    ["x", "y"],
    ["z", "x"],
  ];
  expect(pairs).toEqual({
    [without]: { sentences: [first, second] },
    [withInput]: { sentences: [["y", "x"]] },
  });
});

test("whatever gives no pair is counted", async () => {
  const rows = ["p,,x,y,(a)", "p,,x,y,(a)", "p,,x,y,(b)", "p,,x,z,equal", "q,,x,y,equal", "q,,x,x,(a)"];
  const { counts, pairs } = await pairsOf(`${rows.join("\n")}\n`);
  expect(Object.values(pairs)).toEqual([
    {
      sentences: [
        ["x", "y"],
        ["y", "x"],
      ],
    },
  ]);
  expect(counts).toEqual({
    rows: 6,
    prompts: 1,
    pairs: 2,
    repeated: 1,
    equal: 2,
    identical: 1,
    promptsWithoutPair: 1,
    contradicting: 1,
  });
});

test("rankings without a preference are refused", async () => {
  await expect(pairsOf("p,,x,y,equal\n")).rejects.toThrow(/has no pair: all of its rows are ranked equal/);
});
