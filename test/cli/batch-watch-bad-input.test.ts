import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DATASET, foreignPlace, lineOf, MODEL } from "./foreign-batches.ts";
import { expectEachRowOnce, JOIN, OUTPUT, upTo, WATCH } from "./watched-batches.ts";

describe("what goes wrong is one sentence", () => {
  test.each<[argv: string[], says: string]>([
    [[], "Name the batches by one of --batch_objects_file FILE and --batch_report FILE."],
    [["--batch_objects_file", "none.json"], "none.json does not exist: check the path."],
    [
      ["--batch_objects_file", "b.json", "--poll", "soon"],
      '--poll is "soon": give a number of seconds from 0.1',
    ],
    [
      ["--batch_objects_file", "b.json", "--resubmit", "all"],
      '--resubmit names "all": give none, or some of expired',
    ],
    [
      ["--batch_objects_file", "b.json", "--resubmit", "missing"],
      "--resubmit names missing, but no --dataset is given",
    ],
    [
      ["--batch_objects_file", "b.json", "--max_attempts", "0"],
      '--max_attempts is "0": give a whole number from 1',
    ],
    [["--batch_objects_file", "b.json", "--output_dir", "d"], "--output_dir goes with --batch_report"],
    [["--batch_objects_file", "b.json", "--output_file", "b.json"], "--output_file is the input file b.json"],
    [
      ["--batch_objects_file", "b.json", "--error_file", "batch_results.jsonl"],
      "--output_file and --error_file are both",
    ],
    [["--batch_report", "r.csv"], "--output_dir is missing: name the folder"],
    [["--batch_objects_file", "b.json", "--dataset", DATASET], "--annotator is missing"],
    [["--batch_objects_file", "b.json", "--annotator", "gpt-4o"], "--dataset is missing"],
    [
      ["--batch_objects_file", "b.json", "--dataset", DATASET, "--annotator", "gpt-9"],
      'Unknown annotator "gpt-9"',
    ],
  ])("%j", async (argv, says) => {
    await using all = await foreignPlace();
    const { code, stderr } = await all.place.run("batch", "watch", ...argv);
    expect([code, stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain(says);
    expect(readdirSync(all.place.folder)).toEqual([]);
  });

  test("a batch that the provider does not know is named, and the others are rescued", async () => {
    await using all = await foreignPlace();
    const batches = await all.submitAll(10, 40);
    all.write([...batches, { id: "batch_nobody" }]);
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("Batch batch_nobody is unknown to the provider with this key"),
    ]);
    expectEachRowOnce(all, 40);
  });

  test("where none of the batches is known nothing is written, and three of them are named", async () => {
    await using all = await foreignPlace();
    all.write(upTo(9).map((number) => `batch_of_others_${number}`));
    writeFileSync(all.place.at("batch_results.jsonl"), "mine\n");
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("batch_of_others_2 and 6 more are unknown to"),
    ]);
    expect(stderr).toContain("Error: None of the batches that batch_objects.json names is known");
    expect(readFileSync(all.place.at("batch_results.jsonl"), "utf8")).toBe("mine\n");
  });

  test("an output that was made of something else is not replaced, unless that is wanted", async () => {
    await using all = await foreignPlace();
    await all.submitAll(10, 20);
    mkdirSync(all.place.at(OUTPUT), { recursive: true });
    writeFileSync(all.place.at(`${OUTPUT}/config.yaml`), "params: {dataset: other.jsonl}\n");
    const refused = await all.place.run(...WATCH, ...JOIN);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("holds a result that was made of something else"),
    ]);
    expect((await all.place.run(...WATCH, ...JOIN, "--overwrite")).code).toBe(1);
    expect((await all.place.run(...WATCH, ...JOIN)).code).toBe(1);
    expect(all.lines(`${OUTPUT}/responses.jsonl`)).toHaveLength(20);
  });

  test("a key that may not use batches", async () => {
    await using all = await foreignPlace({ batchKeys: ["sk-other"] });
    all.write(["batch_a"]);
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr.split("\n").length]).toEqual([3, 2]);
    expect(stderr).toMatch(/^Error: The key /);
  });

  test("another dataset than the batches asked is noticed", async () => {
    await using all = await foreignPlace();
    await all.submitAll(10, 20);
    writeFileSync(all.place.at("other.jsonl"), '{"prompt": "Hi"}\n'.repeat(30));
    const join = (name: string) => all.place.run(...WATCH, "--dataset", name, "--annotator", MODEL);
    expect((await join("other.jsonl")).stderr).toContain("Row 0 is asked otherwise in batch");
    const sent = await all.place.run(
      ...[...WATCH, "--dataset", "other.jsonl", "--annotator", MODEL, "--resubmit", "missing"],
    );
    expect([sent.code, sent.stderr]).toEqual([2, expect.stringContaining("are not sent in doubt.")]);
    expect(all.simulator.stats().batches.created).toBe(2);
    await all.submit([lineOf(50)]).then((batch) => all.write([batch]));
    const few = await join("other.jsonl");
    expect([few.code, few.stderr]).toEqual([
      2,
      expect.stringContaining("holds row 50, but the dataset has 30 rows"),
    ]);
    const named = lineOf(0).replace('"custom_id":"0"', '"custom_id":"row-0"');
    await all.submit([named]).then((batch) => all.write([batch]));
    const unnumbered = await join("other.jsonl");
    expect([unnumbered.code, unnumbered.stderr]).toEqual([
      2,
      expect.stringContaining('"row-0", which is no row number'),
    ]);
  });
});
