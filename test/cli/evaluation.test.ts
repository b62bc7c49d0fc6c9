import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { workplace } from "./assay.ts";

const place = workplace();
afterAll(() => place[Symbol.asyncDispose]());

const put = (name: string, content: string) => writeFileSync(place.at(name), content);

put("judge.csv", "p,,a,5\np,,b,3\nq,,a,2\n");
put("human.csv", "instruction,input,output,rating\np,,a,5\np,,b,4\n");
put("rankings.csv", "p,,a,b,(a)\n");

describe("agreement", () => {
  test("prints a line an aspect, and what is left out", async () => {
    const { code, stdout, stderr } = await place.run(
      ...["agreement", "--input1", "judge.csv", "--input2", "human.csv"],
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "aspect  compared    equal        95 %  kappa  linear  quadratic  alpha  ordinal  interval",
        "rating         2  50.00 %  9.5-90.5 %  0.333   0.500      0.667  0.400    0.833     0.727",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("1 judgement is not compared: only judge.csv has it.\n");
  });

  test("prints the same as JSON", async () => {
    const { stdout } = await place.run(
      ...["agreement", "--input1", "judge.csv", "--input2", "human.csv", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      of: "ratings",
      aspects: [{ aspect: "rating", compared: 2, percentage: 50, excluded: { onlyFirst: 1 } }],
    });
  });

  test.each<[argv: string[], says: string]>([
    [["--input1", "judge.csv"], "--input2 is missing"],
    [["--input1", "none.csv", "--input2", "judge.csv"], "none.csv does not exist"],
    [["--input1", "judge.csv", "--input2", "rankings.csv"], "compare ratings with rankings by"],
    [["--input1", "judge.csv", "--input2", "human.csv", "--aspect1", "tone"], 'no aspect "tone"'],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stdout, stderr } = await place.run("agreement", ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("report", () => {
  test("prints the figures and writes the page", async () => {
    const { code, stdout, stderr } = await place.run(
      ...[
        "report",
        "--ratings_csv",
        "judge.csv",
        "--rankings_csv",
        "rankings.csv",
        "--output",
        "new/report.html",
      ],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^measure +of +value +n\nmean score +rating +3\.333 +3\n/);
    expect(stdout).toMatch(/consistency +pairs +100\.00 % +1\n$/);
    expect(stderr).toBe("new/report.html shows it as a page.\n");
    expect(readFileSync(place.at("new/report.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  test("prints JSON without a page", async () => {
    const { stdout, stderr } = await place.run("report", "--input", "judge.csv", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ rows: 3, distributions: [{ aspect: "rating", n: 3 }] });
    expect(stderr).toBe("");
  });

  test.each<[argv: string[], says: string]>([
    [["--input", "judge.csv"], "--output is missing"],
    [["--output", "x.html"], "nothing to report on"],
    [["--input", "judge.csv", "--output", "judge.csv"], "--output is the input file judge.csv"],
    [["--input", "judge.csv", "--errors", "none.jsonl", "--output", "x.html"], "none.jsonl does not exist"],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stdout, stderr } = await place.run("report", ...argv);
    expect({ code, stdout: stdout.includes("measure") }).toEqual({
      code: 2,
      stdout: says.includes("input file"),
    });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

test("pages about simulated verdicts say so", async () => {
  const row = { id: "1", instruction: "p", input: "", order: [0] };
  const part = { order: [0], reply: "5\n[simulated] Its worth was drawn from its text." };
  const rating = {
    ...row,
    method: "ratings",
    responses: ["a"],
    rating: 5,
    means: [5],
    judgements: { ratings: part },
  };
  const letters = { ab: "(a)", ba: "(b)" };
  const ranking = {
    ...row,
    method: "rankings",
    responses: ["a", "b"],
    ranking: "(a)",
    letters,
    judgements: {},
  };
  put("sim-ratings.jsonl", `${JSON.stringify(rating)}\n${JSON.stringify({ ...rating, responses: ["b"] })}\n`);
  put("sim-rankings.jsonl", `${JSON.stringify(ranking)}\n`);
  const inputs = ["--ratings_csv", "sim-ratings.jsonl", "--rankings_csv", "sim-rankings.jsonl"];
  await place.run("consistency", ...inputs, "--html", "sim.html");
  expect(readFileSync(place.at("sim.html"), "utf8")).toContain("(simulated)</title>");
});

test("agreement, consistency and winrate write pages with --html", async () => {
  const runs = [
    ["agreement", "--input1", "judge.csv", "--input2", "human.csv"],
    ["consistency", "--ratings_csv", "judge.csv", "--rankings_csv", "rankings.csv"],
    ["winrate", "--method", "rankings", "--input", "rankings.csv"],
  ];
  for (const argv of runs) {
    const { code, stderr } = await place.run(...argv, "--html", `${argv[0]}.html`);
    expect(code).toBe(0);
    expect(stderr).toContain(`${argv[0]}.html shows it as a page.`);
    expect(readFileSync(place.at(`${argv[0]}.html`), "utf8")).toContain("</html>");
  }
});
