import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { workplace } from "./assay.ts";

const place = workplace();
afterAll(() => place[Symbol.asyncDispose]());

const put = (name: string, content: string) => writeFileSync(place.at(name), content);
const text = (name: string) => readFileSync(place.at(name), "utf8");
const json = (...rows: unknown[]) => JSON.stringify(rows);

put("responses.json", json({ instruction: "p", input: "", responses: ["a", "b", ""] }));
put("reference.json", json({ dataset: "koala", instruction: "p", output: "r", generator: "m" }));
put("aligned.json", json({ dataset: "koala", instruction: "p", output: "s", generator: "n" }));
put("other.json", json({ dataset: "koala", instruction: "q", output: "s", generator: "n" }));
put("empty.json", "");
put("rankings.csv", "p,,a,b,(a)\np,,a,c,(b)\np,,b,c,equal\n");
put("bad-rankings.csv", "p,,a,b,(a)\np,,a,c,both\n");
put("ratings.csv", "p,,a,5\np,,b,3\n");
mkdirSync(place.at("folder"));

describe("convert", () => {
  test("says what was written, and what is odd about it", async () => {
    const { code, stdout, stderr } = await place.run(
      ...["convert", "ratings", "--input", "responses.json", "--output", "new/ratings.csv"],
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "new/ratings.csv: 3 rows, of 1 prompt with 3 responses\n",
      stderr: "1 response is empty; it is converted like the others.\n",
    });
    expect(text("new/ratings.csv")).toBe("instruction,input,response\np,,a\np,,b\np,,\n");
  });

  test("takes several files, whose rows follow each other", async () => {
    put("more.csv", "instruction,response1,response2\nq,c,d\n");
    const input = ["--input", "responses.json", "more.csv"];
    const { stdout } = await place.run("convert", "rankings", ...input, "--output", "both.csv");
    expect(stdout).toBe("both.csv: 4 rows, of 2 prompts with 5 responses\n");
    expect(text("both.csv")).toMatch(/^instruction,input,response1,response2\np,(.*\n){3}q,,c,d\n$/);
    const { code, stderr } = await place.run("convert", "rankings", ...input, "--output", "more.csv");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--output is the input file more.csv")]);
  });

  test("prints its counts as JSON", async () => {
    const { stdout } = await place.run(
      ...["convert", "rankings", "--input", "responses.json", "--output", "r.csv", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({ output: "r.csv", rows: 3, prompts: 1, responses: 3 });
  });

  test("knows the flags and spellings of earlier scripts", async () => {
    const { code } = await place.run(
      ...["convert", "rankings_eval", "--davinci_file", "reference.json", "--alpaca_file", "aligned.json"],
      ...["--output", "eval.csv"],
    );
    expect(code).toBe(0);
    expect(text("eval.csv")).toBe("instruction,input,response1,response2\np,,r,s\n");
  });

  test.each<[argv: string[], says: string]>([
    [["ratings", "--output", "x.csv"], "--input is missing"],
    [["ratings", "--input", "responses.json"], "--output is missing"],
    [["ratings", "--input", "none.json", "--output", "x.csv"], "none.json does not exist"],
    [["ratings", "--input", "empty.json", "--output", "x.csv"], "empty.json is empty"],
    [["ratings", "--input", "reference.json", "--output", "x.csv"], "reference.json row 0 has no responses"],
    [["ratings", "--input", "responses.json", "--output", "folder"], "folder cannot be written"],
    [
      ["rankings-eval", "--reference", "reference.json", "--aligned", "other.json", "--output", "x.csv"],
      "no prompt in common",
    ],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stdout, stderr } = await place.run("convert", ...argv);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("preferences pairs", () => {
  test("writes the pairs and counts what gives none", async () => {
    const { code, stdout, stderr } = await place.run(
      ...["preferences", "pairs", "--input", "rankings.csv", "--output", "pairs.json"],
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "pairs.json: 2 pairs of 1 prompt\n",
      stderr: "1 row is ranked equal and gives no pair.\n",
    });
    expect(Object.values(JSON.parse(text("pairs.json")))).toEqual([
      {
        sentences: [
          ["a", "b"],
          ["c", "a"],
        ],
      },
    ]);
  });

  test("names the place of what it cannot read", async () => {
    const { code, stderr } = await place.run(
      ...["preferences", "pairs", "--input", "bad-rankings.csv", "--output", "x.json"],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('bad-rankings.csv line 2 has the ranking "both"');
  });
});

describe("consistency", () => {
  test("prints the share, the table, and what is excluded", async () => {
    const { code, stdout, stderr } = await place.run(
      ...["consistency", "--ratings_csv", "ratings.csv", "--rankings_csv", "rankings.csv"],
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "Consistency: 100.00 % (1 of 1 pairs compared)",
        "ratings imply  ranked (a)  ranked (b)  ranked equal",
        "(a)                     1           0             0",
        "(b)                     0           0             0",
        "equal                   0           0             0",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("2 pairs are excluded: their second response has no rating.\n");
  });

  test("prints the same as JSON", async () => {
    const { stdout } = await place.run(
      ...["consistency", "--ratings_csv", "ratings.csv", "--rankings_csv", "rankings.csv", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      consistency: 100,
      compared: 1,
      excluded: { secondUnrated: 2 },
    });
  });
});

describe("winrate", () => {
  test("prints the mean, its interval and n", async () => {
    const { code, stdout } = await place.run("winrate", "--method", "rankings", "--input", "rankings.csv");
    expect(code).toBe(0);
    expect(stdout).toBe("Win rate: 50.00 +- 56.58 % (n = 3: 1 wins, 1 ties, 1 losses)\n");
  });

  test("compares ratings of two files, and prints JSON", async () => {
    const { stdout } = await place.run(
      ...["winrate", "--method", "ratings", "--input1", "ratings.csv", "--input2", "ratings.csv", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({ winRate: 50, margin: null, n: 1, ties: 1, repeated: 2 });
  });

  test.each<[argv: string[], says: string]>([
    [[], "--method is missing"],
    [["--method", "elo"], '--method is "elo": give ratings, rankings or preferences'],
    [["--method", "rankings", "--input1", "ratings.csv"], "--input1 does not belong to this method"],
    [["--method", "ratings", "--input1", "ratings.csv"], "--input2 is missing"],
    [["--method", "ratings", "--input1", "rankings.csv", "--input2", "ratings.csv"], "line 1 has 5 cells"],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stderr } = await place.run("winrate", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe("split", () => {
  const rows = Array.from({ length: 40 }, (_, at) => `{"prompt":"p${at % 20}","at":${at}}\n`);
  put("prompts.jsonl", rows.join(""));

  test("writes both parts beside the input, the same ones each time", async () => {
    const split = () => place.run("split", "--input", "prompts.jsonl", "--val", "0.25", "--seed", "3");
    const { code, stdout, stderr } = await split();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^prompts\.train\.jsonl: \d+ rows of \d+ prompts\nprompts\.val\.jsonl: \d+ rows/);
    expect(stderr).toMatch(/^[\d.]+ % of the prompts are for validation \(seed 3\)\.\n$/);
    const [train, validation] = [text("prompts.train.jsonl"), text("prompts.val.jsonl")];
    expect((train + validation).split("\n").sort()).toEqual(rows.join("").split("\n").sort());
    await split();
    expect([text("prompts.train.jsonl"), text("prompts.val.jsonl")]).toEqual([train, validation]);
  });

  test.each<[argv: string[], says: string]>([
    [["--val", "0.1"], "--input is missing"],
    [["--input", "prompts.jsonl"], "--val is missing"],
    [["--input", "prompts.jsonl", "--val", "10"], '--val is "10": give a share between 0 and 1'],
    [["--input", "prompts.jsonl", "--val", "0.1", "--seed", "x"], '--seed is "x": give a whole number'],
    [["--input", "prompts.jsonl", "--val", "0.1", "--columns", "prompt=q"], 'line 1 has no "q"'],
    [["--input", "prompts.jsonl", "--val", "0.1", "--output_dir", "empty.json"], "cannot be written"],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stderr } = await place.run("split", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
