import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RANKINGS, type RankedPair, readRankings, readRatings } from "../../shared/feedback/feedback.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

async function listOf<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = [];
  for await (const value of values) list.push(value);
  return list;
}

async function ratingsIn(name: string, content: string | Buffer) {
  await using folder = await temporaryFolder();
  return await listOf(readRatings(await folder.put(name, content)));
}

async function rankingsIn(name: string, content: string) {
  await using folder = await temporaryFolder();
  return await listOf(readRankings(await folder.put(name, content)));
}

describe("ratings", () => {
  const rating = { instruction: "p", input: "", output: "x, y", rating: 5 };

  test.each([
    ["a CSV without a header", "r.csv", 'p,,"x, y",5\n'],
    ["an input that is not a number", "r.csv", 'p,nan,"x, y",5.0\n'],
    ["a CSV with a header", "r.csv", 'instruction,input,output,rating\np,,"x, y",5\n'],
    ["other columns, in another order", "r.csv", ',rating,response,instruction\n0,5,"x, y",p\n'],
    ["a byte order mark, CRLF and blank lines", "r.csv", '\uFEFFp,,"x, y",5\r\n\r\n'],
    ["a byte order mark before a header", "r.csv", '\uFEFFinstruction,input,output,rating\r\np,,"x, y",5'],
    ["JSON", "r.json", '[{"instruction":"p","input":null,"output":"x, y","rating":5}]'],
    ["JSON lines", "r.jsonl", '{"instruction":"p","output":"x, y","rating":5.0}\n'],
  ])("are read from %s", async (_, name, content) => {
    expect(await ratingsIn(name, content)).toEqual([rating]);
  });

  test.each([
    ["0", "p,,x,0\n"],
    ["8", "p,,x,8\n"],
    ["4.5", "p,,x,4.5\n"],
    ["5/7", "p,,x,5/7\n"],
    ["", "p,,x,\n"],
    ["５", "p,,x,５\n"],
  ])("%j is no rating", async (text, content) => {
    await expect(ratingsIn("r.csv", `p,,x,7\n${content}`)).rejects.toThrow(
      `line 2 has the rating ${JSON.stringify(text)}, but a rating is a whole number from 1 to 7`,
    );
  });

  test.each([
    ["too few cells", "p,x,5\n", "line 1 has 3 cells where instruction,input,output,rating are 4"],
    ["a header without outputs", "instruction,input,rating\np,,5\n", 'line 2 has no "output" or "response"'],
    ["a name twice", "instruction,instruction,rating\np,q,5\n", 'two columns named "instruction"'],
    ["a header alone", "instruction,input,output,rating\n", "holds no rows"],
    ["nothing but blank lines", "\n\n", "holds no rows"],
    ["an open quote", 'p,,x,5\np,,"x,5\n', "the row that begins at line 2 never ends"],
    ["text after a quote", 'p,,"x"y,5\n', "line 1 has text after a cell's closing quote"],
    ["another encoding", Buffer.from("p,,x,5\np,,\xe9,5\n", "latin1"), "not valid UTF-8 text near line 2"],
  ])("with %s are refused", async (_, content, says) => {
    await expect(ratingsIn("r.csv", content)).rejects.toThrow(says);
  });
});

describe("rankings", () => {
  test("are read as they were written, whatever the texts hold", async () => {
    const text = fc.string({ unit: "grapheme" }).filter((one) => one.isWellFormed() && one !== "nan");
    const pair: fc.Arbitrary<RankedPair> = fc.record({
      instruction: text,
      input: text,
      output1: text,
      output2: text,
      ranking: fc.constantFrom(...RANKINGS),
    });
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 5 }), async (pairs) => {
        const lines = pairs.map((one) => `${Object.values(one).map(quoted).join(",")}\n`);
        expect(await rankingsIn("r.csv", lines.join(""))).toEqual(pairs);
      }),
      { numRuns: 50 },
    );
  });

  test.each(["a", "(c)", "", "Equal"])("%j is no ranking", async (text) => {
    await expect(rankingsIn("r.csv", `p,,x,y,${text}\n`)).rejects.toThrow(
      `line 1 has the ranking ${JSON.stringify(text)}, but a ranking is (a), (b) or equal`,
    );
  });
});

test("rows that a judge wrote are feedback, the reference of a pair in front", async () => {
  await using folder = await temporaryFolder();
  const row = { id: "1", method: "ratings", instruction: "p", input: "", responses: ["x"], judgements: {} };
  const ratings = await folder.put("ratings.jsonl", JSON.stringify({ ...row, rating: 5 }));
  expect(await listOf(readRatings(ratings))).toEqual([
    { instruction: "p", input: "", output: "x", rating: 5 },
  ]);
  const pairs = [
    { ...row, responses: ["x", "y"], ranking: "(a)" },
    { ...row, responses: ["mine"], reference: "theirs", ranking: "(b)" },
  ];
  const rankings = await folder.put("rankings.json", JSON.stringify(pairs));
  expect(await listOf(readRankings(rankings))).toMatchObject([
    { output1: "x", output2: "y", ranking: "(a)" },
    { output1: "theirs", output2: "mine", ranking: "(b)" },
  ]);
  const short = await folder.put("short.json", JSON.stringify([{ ...row, ranking: "(a)" }]));
  await expect(listOf(readRankings(short))).rejects.toThrow(
    /row 0 has nothing in "output2" where text is needed/,
  );
});
