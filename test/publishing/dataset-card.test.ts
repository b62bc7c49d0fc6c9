import { mkdir } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { SAMPLING_ROWS } from "../../shared/contracts/messages/sampling-table.ts";
import { markdownTable } from "../../tools/publishing/markdown.ts";
import { listPublishedFiles } from "../../tools/publishing/published-files.ts";
import { writeCard } from "../../tools/publishing/write-card.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { jsonLines, ratedTogether } from "../evaluation/judged-rows.ts";

/** The card of a folder with these files, or of one of them, and its front matter. */
async function cardOf(files: Record<string, string>, one?: string) {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("sub"));
  for (const [name, text] of Object.entries(files)) await folder.put(name, text);
  const listed = await listPublishedFiles(one === undefined ? folder.path : folder.at(one));
  const { text, notRows } = await writeCard({ files: listed, repo: "alice/my_data", version: "1.2.3" });
  const [, yaml] = /^---\n([\s\S]*?)\n---\n\n# /.exec(text)!;
  return { text, front: parse(yaml!), notRows };
}

describe("a card", () => {
  test("says what is in the files and how they were made, without places of this machine", async () => {
    const config = "uuid: u\nparams:\n  dataset: /home/me/data.jsonl\n  annotator: m\n  seed: 42\n";
    const { text, front } = await cardOf({
      "data.jsonl": '{"prompt":"a","n":1}\n{"prompt":"b","n":2}\n',
      "errors.jsonl": '{"row":3,"reason":"refusal"}\n{"row":4,"reason":"refusal"}\n',
      "config.yaml": config,
    });
    expect(front).toEqual({
      pretty_name: "my_data",
      tags: ["assay", "synthetic"],
      size_categories: ["n<1K"],
      configs: [{ config_name: "default", data_files: [{ split: "train", path: "data.jsonl" }] }],
    });
    expect(text).toContain("Made with Assay 1.2.3");
    expect(text).toMatch(/\| data\.jsonl \| 2 \| prompt, n \| 42 \| [0-9a-f]{64} \|/);
    expect(text).toContain("| annotator | m |\n| seed | 42 |");
    expect(text).toContain("```yaml\nuuid: u\nparams:\n  dataset: data.jsonl\n");
    expect(text).toContain("| errors.jsonl | refusal | 2 |");
    expect(text).not.toContain("/home/me");
  });

  test.each(SAMPLING_ROWS.map(({ name, card }) => [name, card] as const))(
    "has a line for the parameter %s: %s",
    async (name, shown) => {
      const config = `params:\n  annotator: m\n  ${name}: 1\n`;
      const { text } = await cardOf({ "data.jsonl": '{"prompt":"a"}\n', "config.yaml": config });
      expect(text.includes(`| ${name.replaceAll("_", "\\_")} | 1 |`)).toBe(shown);
      expect(text).toContain(`  ${name}: 1\n`);
    },
  );

  test.each([
    ["https://api.openai.com/v1", true],
    ["https://models.example.co.uk:8443/v1", true],
    ["http://127.0.0.1:8000/v1", false],
    ["http://[::1]:8000/v1", false],
    ["http://10.0.0.3/v1", false],
    ["http://gpu-7:8000/v1", false],
    ["http://gpu-7.cluster.local/v1", false],
    ["https://llm.internal/v1", false],
  ])("of rows from %s names that address: %s", async (endpoint, named) => {
    const config = `params:\n  annotator: m\nendpoint: ${endpoint}\n`;
    const { text } = await cardOf({ "data.jsonl": '{"prompt":"a"}\n', "config.yaml": config });
    expect(text).toContain(`endpoint: ${named ? endpoint : "(of its own network)"}\n`);
    expect(text.includes(endpoint)).toBe(named);
  });

  test("makes a subset of each file of one format, and splits of train and val", async () => {
    const row = '{"prompt":"a"}\n';
    const { front, text } = await cardOf({
      "x.train.jsonl": row,
      "x.val.jsonl": row,
      "z.json": "[{}]",
      "z.jsonl": row,
      "sub/y.json": "[{}]",
      "z.csv": "prompt\na\n",
      "ratings.csv": "p,,x,5\n",
    });
    const train = (path: string) => ({ split: "train", path });
    expect(front.configs).toEqual([
      { config_name: "sub-y", data_files: [train("sub/y.json")] },
      {
        config_name: "x",
        data_files: [train("x.train.jsonl"), { split: "validation", path: "x.val.jsonl" }],
      },
      { config_name: "z", data_files: [train("z.json")] },
      { config_name: "z.jsonl", data_files: [train("z.jsonl")] },
    ]);
    expect(text).toContain("In no subset");
    expect(text).toContain("ratings.csv, z.csv.");
  });

  test("names the columns of feedback, which has no header", async () => {
    const { front } = await cardOf({ "ratings.csv": "p,,x,5\n", "z.csv": "prompt\na\n" });
    expect(front.configs).toEqual([
      {
        config_name: "ratings",
        data_files: [{ split: "train", path: "ratings.csv" }],
        names: ["instruction", "input", "output", "rating"],
      },
      { config_name: "z", data_files: [{ split: "train", path: "z.csv" }] },
    ]);
  });

  test("tells what judges found, how biased they are, and the hashes of what they were asked", async () => {
    const calls = { honesty: { ratings: [2, 4], order: [0, 1] } };
    const rows = [ratedTogether("p", { A: "s", B: "[simulated 1a2b] long" }, calls)];
    const { text, front } = await cardOf({ "judged.jsonl": jsonLines(rows) });
    expect(front.tags).toEqual(["assay", "synthetic", "simulated"]);
    expect(text).toContain("**Simulated.**");
    expect(text).toContain("| honesty | A | 2.000 | 1 | 0 |");
    expect(text).toContain("| largest difference of mean scores between places | honesty | 2.000 | 2 |");
    expect(text).toContain(`| helpfulness | ${"0".repeat(64)} |`);
  });

  test("tells the consistency of ratings and rankings", async () => {
    const files = { "ratings.csv": "p,,x,5\np,,y,3\n", "rankings.csv": "p,,x,y,(a)\n" };
    expect((await cardOf(files)).text).toContain(
      "Consistency of rankings with ratings: 100.00 % (1 of 1 pairs).",
    );
    const apart = await cardOf({ ...files, "rankings.csv": "q,,x,y,(a)\n" });
    expect(apart.text).toContain("have no pair in common");
  });

  test("of one file takes the config beside it alone", async () => {
    const files = {
      "data.jsonl": "{}\n",
      "other.jsonl": "{}\n",
      "config.yaml": "params: {seed: 7}\n",
      "sub/config.yaml": "x: 1\n",
    };
    const { text } = await cardOf(files, "data.jsonl");
    expect(text).toContain("| seed | 7 |");
    expect(text).not.toMatch(/other\.jsonl|x: 1/);
  });

  test("of a judge's output takes the config that is called like it", async () => {
    const { text } = await cardOf(
      {
        "judged.jsonl": "{}\n",
        "judged.config.yaml": "params: {seed: 7}\n",
        "config.yaml": "params: {seed: 8}\n",
      },
      "judged.jsonl",
    );
    expect(text).toContain("| seed | 7 |");
    expect(text).not.toContain("| seed | 8 |");
  });

  test("is the same for the same files", async () => {
    const files = { "data.jsonl": "{}\n", "config.yaml": "params: {seed: 7}\n" };
    expect((await cardOf(files)).text).toBe((await cardOf(files)).text);
  });

  test("names files whose rows cannot be read, and leaves them out of the subsets", async () => {
    const { front, notRows } = await cardOf({
      "good.jsonl": "{}\n",
      "pairs.json": '{\n"p": {"sentences": []}\n}\n',
    });
    expect(front.configs).toHaveLength(1);
    expect(notRows).toEqual([expect.stringMatching(/pairs\.json line 1 is not valid JSON/)]);
  });

  test("cannot be broken by what stands in the files", async () => {
    const hostile = "a | b\n# c <script> ``` `x` [y](z)";
    const config = `params:\n  annotator: ${JSON.stringify(hostile)}\n`;
    const { text } = await cardOf({
      "data.jsonl": `{${JSON.stringify(hostile)}:1}\n`,
      "config.yaml": config,
    });
    expect(text).toContain("| annotator | a \\| b \\# c \\<script\\> \\`\\`\\` \\`x\\` \\[y\\](z) |");
    expect(text.match(/^````/gm)).toHaveLength(2);
    expect(text.match(/^# /gm)).toHaveLength(1);
  });

  test("of pairs whose verdicts are the simulator's says so by what stands beside them", async () => {
    const { text } = await cardOf({
      "pairs.jsonl": '{"prompt":"p"}\n',
      "pairs.config.yaml": "made_by: preferences binarize\nparams: {seed: 3}\nsimulated: true\n",
    });
    expect(text).toContain("**Simulated.**");
    expect(text).toContain("| seed | 3 |");
  });

  test("is not made of a config that cannot be read", async () => {
    const data = { "data.jsonl": "{}\n" };
    await expect(cardOf({ ...data, "config.yaml": "a: [" })).rejects.toThrow(
      /config\.yaml, line \d+: .* Correct the YAML there\./,
    );
    await expect(cardOf({ ...data, "config.yaml": "- 1" })).rejects.toThrow(/config\.yaml holds no settings/);
  });
});

test("a table has its cells, whatever they hold", () => {
  const cell = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
      const lines = markdownTable(["one", "two"], rows).split("\n");
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) expect(line.replace(/\\\\|\\\|/g, "").split("|")).toHaveLength(4);
    }),
  );
});
