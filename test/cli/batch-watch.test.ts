import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { until } from "./assay.ts";
import {
  answerTo,
  DATASET,
  type ForeignPlace,
  foreignPlace,
  lineOf,
  MODEL,
  PROMPTS,
} from "./foreign-batches.ts";

const WATCH = ["batch", "watch", "--batch_objects_file", "batch_objects.json", "--poll", "0.1"];
const JOIN = ["--dataset", DATASET, "--annotator", MODEL, "--max_tokens", "64"];
const OUTPUT = `datasets/reannotated/instructions_${MODEL}`;

interface ResultLine {
  custom_id: string;
  response: { status_code: number; body: { choices: { message: { content: string } }[] } } | null;
  error: { code: string; message: string } | null;
}

const textOf = (line: ResultLine) => line.response!.body.choices[0]!.message.content;
const idsOf = (lines: { custom_id: string }[]) => lines.map(({ custom_id }) => Number(custom_id));
const upTo = (count: number) => Array.from({ length: count }, (_, row) => row);

/** Every row is in one of both files, once, in order; answers are the model's. */
function expectEachRowOnce(all: ForeignPlace, rows: number) {
  const results = all.lines<ResultLine>("batch_results.jsonl");
  const errors = all.lines<ResultLine>("batch_errors.jsonl");
  expect([...idsOf(results), ...idsOf(errors)].sort((a, b) => a - b)).toEqual(upTo(rows));
  expect(idsOf(results)).toEqual(idsOf(results).toSorted((a, b) => a - b));
  for (const line of results) expect(textOf(line)).toBe(answerTo(Number(line.custom_id)));
  return { results, errors };
}

describe("batches of another tool", () => {
  test("end as a re-annotation: what expired, failed and was cancelled is sent again, nothing is paid twice", async () => {
    await using all = await foreignPlace({
      batchExpiring: 0.4,
      batchFaults: { "500": 0.05, "400": 0.02 },
      batchEnqueuedTokens: 0,
    });
    const batches = await all.submitAll(20, 200);
    const broken = await all.submit([...upTo(20).map((row) => lineOf(200 + row)), "{"]);
    const stopped = await all.submit(upTo(20).map((row) => lineOf(220 + row)));
    await all.openai.batches.cancel(stopped.id);
    all.write([...batches, broken, stopped]);
    const { code, stdout, stderr } = await all.place.run(
      ...WATCH,
      ...JOIN,
      "--plot",
      "times.svg",
      "--max_attempts",
      "9",
    );
    const refused = all.simulator.stats().injected["400"]!;
    const { results, errors } = expectEachRowOnce(
      {
        ...all,
        lines: (name) =>
          all.lines<never>(name).filter((line: ResultLine) => / line 21$/.test(line.custom_id) === false),
      },
      240,
    );
    expect(errors.map((line) => line.response?.status_code)).toEqual(Array(refused).fill(400));
    expect([code, results.length]).toEqual([1, 240 - refused]);
    expect(all.lines<ResultLine>("batch_errors.jsonl").at(-1)).toMatchObject({
      custom_id: `${broken.id} line 21`,
      error: { code: "invalid_json_line" },
    });
    expect(all.simulator.stats()).toMatchObject({ paidCalls: results.length, repeatedPaidCalls: 0 });

    const rows = JSON.parse(readFileSync(all.place.at(`${OUTPUT}/reannotated.json`), "utf8"));
    expect(rows).toHaveLength(results.length);
    for (const row of rows) {
      const number = PROMPTS.indexOf(row.user_prompt);
      expect(row).toMatchObject({ system_prompt: "", annotation: answerTo(number) });
    }
    const failed = all.lines<{ row: number; reason: string }>(`${OUTPUT}/errors.jsonl`);
    expect(failed.map(({ row }) => row)).toEqual(idsOf(errors));
    expect(all.lines(`${OUTPUT}/responses.jsonl`)[0]).toMatchObject({
      model: MODEL,
      usage: {},
      choices: [{}],
    });
    const config = parse(readFileSync(all.place.at(`${OUTPUT}/config.yaml`), "utf8"));
    expect(config).toMatchObject({
      creation_date: expect.any(String),
      params: { annotator: MODEL, dataset: DATASET },
    });

    expect(stdout).toContain(`Done: ${results.length} of 241 requests answered`);
    expect(stderr).toMatch(
      /Batch(es)? batch_\S+.* expired: \d+ of (its|their) \d+ requests are answered and kept\./,
    );
    expect(stderr).toContain(`Batch ${broken.id} failed: line 21: `);
    expect(stderr).toContain(`Batch ${stopped.id} was cancelled, not from here`);
    expect(readFileSync(all.place.at("times.svg"), "utf8")).toContain("Completion times of ");
  });

  test("without a dataset the results are merged alone; the same command again makes no calls and the same files", async () => {
    await using all = await foreignPlace({ batchFaults: { "500": 0.1 } });
    await all.submitAll(25, 100);
    expect((await all.place.run(...WATCH, "--json")).code).toBe(0);
    expectEachRowOnce(all, 100);
    expect(existsSync(all.place.at("datasets/reannotated"))).toBe(false);
    const before = readFileSync(all.place.at("batch_results.jsonl"), "utf8");
    const { calls } = all.simulator.stats();
    const again = await all.place.run(...WATCH, "--json", "--output_file", "again.jsonl");
    expect(again.code).toBe(0);
    expect(readFileSync(all.place.at("again.jsonl"), "utf8")).toBe(before);
    const more = all.simulator.stats().calls;
    expect(more["POST /v1/batches"]).toBe(calls["POST /v1/batches"]);
    expect(more["GET /v1/files/{id}/content"]).toBe(calls["GET /v1/files/{id}/content"]);
  });

  test("what is left over can be sent later, by the same command with other flags", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    await all.submitAll(30, 60);
    const first = await all.place.run(...WATCH, "--resubmit", "none");
    expect(first.code).toBe(1);
    expect(first.stderr).toContain(
      "Some may be answered if they are sent again: start the same command again",
    );
    const kept = expectEachRowOnce(all, 60).results.length;
    expect(all.simulator.stats().batches.created).toBe(2);
    all.simulator.configure({ batchExpiring: 0 });
    expect((await all.place.run(...WATCH)).code).toBe(0);
    expect(kept).toBeLessThan(60);
    expect(expectEachRowOnce(all, 60).errors).toEqual([]);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("a limit of enqueued tokens is waited for, and burns no attempt", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    await all.submitAll(40, 120);
    await until(async () => (await all.batches()).every(({ status }) => status === "expired"));
    // Long enough that all are sent while the first of them is open.
    const long = { batchDuration: "3000s", batchWindowSeconds: 20_000 };
    all.simulator.configure({ batchExpiring: 0, batchEnqueuedTokens: 3500, ...long });
    const { code, stderr } = await all.place.run(...WATCH, "--max_attempts", "2");
    expect([code, stderr.match(/ failed: /)]).toEqual([0, null]);
    expect(stderr).toContain("The batches of this key hold as many tokens as they may");
    expect(all.simulator.stats().batches.ended.failed).toBeGreaterThan(0);
    expectEachRowOnce(all, 120);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("a batch that alone holds more tokens than the provider takes in is sent in pieces", async () => {
    await using all = await foreignPlace({ batchEnqueuedTokens: 1500 });
    await all.submitAll(60, 60);
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr]).toEqual([0, expect.stringContaining("its requests are sent in smaller batches")]);
    expectEachRowOnce(all, 60);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("requests that are gone at the provider are made anew from the dataset", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    const [expired] = await all.submitAll(40, 80);
    const refused = await all.submit([...upTo(20).map((row) => lineOf(80 + row)), "{"]);
    await until(async () => (await all.batches()).every(({ status }) => /expired|failed/.test(status)));
    for (const { input_file_id } of [expired!, refused]) await all.openai.files.delete(input_file_id);
    all.simulator.configure({ batchExpiring: 0 });
    all.write(await all.batches());
    const without = await all.place.run(...WATCH);
    expect(without.code).toBe(1);
    expect(without.stderr).toContain(`The requests of batch ${expired!.id} are gone at the provider`);
    const { code, stderr } = await all.place.run(...WATCH, ...JOIN);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("taken to be the rows of the dataset that stand in no other batch"),
    ]);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("what another of the batches answered, or may still answer, is not sent again", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    const [first] = await all.submitAll(30, 30);
    await until(async () => (await all.openai.batches.retrieve(first!.id)).status === "expired");
    const { error_file_id } = await all.openai.batches.retrieve(first!.id);
    const left = (await (await all.openai.files.content(error_file_id!)).text())
      .trimEnd()
      .split("\n")
      .map((line) => Number((JSON.parse(line) as ResultLine).custom_id));
    // The other tool has sent again itself what was left: half of it is answered, half of it is on its way.
    all.simulator.configure({ batchExpiring: 0 });
    const half = Math.ceil(left.length / 2);
    const answered = await all.submit(left.slice(0, half).map(lineOf));
    await until(async () => (await all.openai.batches.retrieve(answered.id)).status === "completed");
    all.simulator.configure({ batchDuration: "200s", batchWindowSeconds: 3600 });
    const open = await all.submit(left.slice(half).map(lineOf));
    all.write([first, answered, open]);
    expect((await all.place.run(...WATCH)).code).toBe(0);
    expectEachRowOnce(all, 30);
    expect(all.simulator.stats()).toMatchObject({ batches: { created: 3 }, repeatedPaidCalls: 0 });
  });

  test("what belongs to a job of an Assay system is left to it, unless that is wanted", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    const batch = await all.submit(upTo(10).map(lineOf), { installation: "i", job: "j1" });
    all.write([batch]);
    const left = await all.place.run(...WATCH);
    expect([left.code, left.stderr]).toEqual([
      1,
      expect.stringContaining("1 of these batches belong to the job j1"),
    ]);
    expect(all.simulator.stats().batches.created).toBe(1);
    all.simulator.configure({ batchExpiring: 0 });
    expect((await all.place.run(...WATCH, "--resubmit", "expired")).code).toBe(0);
    expectEachRowOnce(all, 10);
  });

  test("answers that are gone at the provider are not paid a second time", async () => {
    await using all = await foreignPlace();
    const [batch] = await all.submitAll(10, 20);
    await until(async () => (await all.batches()).every(({ status }) => status === "completed"));
    const { output_file_id } = await all.openai.batches.retrieve(batch!.id);
    await all.openai.files.delete(output_file_id!);
    expect((await all.place.run(...WATCH)).code).toBe(1);
    const { errors } = expectEachRowOnce(all, 20);
    expect(errors.map(({ error }) => error!.code)).toEqual(Array(10).fill("results_gone"));
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });
});

describe("broken off", () => {
  test("by Ctrl-C it ends with 130 and says where all is kept; the next start goes on", async () => {
    await using all = await foreignPlace({ batchSpeed: 60, batchExpiring: 0.3 });
    await all.submitAll(20);
    const watch = all.place.start(...WATCH, ...JOIN);
    await watch.says(/completed/);
    watch.process.kill("SIGINT");
    const { code, stderr } = await watch.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /Interrupted: the results of \d+ batch(es)? are kept in .*batch-watch-\w+, and the same command goes on/,
    );
    expect(existsSync(all.place.at("batch_results.jsonl"))).toBe(false);
    all.simulator.configure({ batchSpeed: 600 });
    expect((await all.place.run(...WATCH, ...JOIN)).code).toBe(0);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("by kill -9 again and again, while calls fail and their answers get lost, nothing is paid twice", async () => {
    await using all = await foreignPlace({ batchExpiring: 0.5, batchListDelay: "uniform:0s-20s" });
    const batches = await all.submitAll(8, 120);
    all.simulator.configure({
      createFaults: { lost: 0.2, "500": 0.1 },
      uploadFaults: { lost: 0.1, "500": 0.1 },
      readFaults: { "503": 0.02, cut: 0.05 },
    });
    const flags = ["--reconcile_wait", "1", "--max_attempts", "20"];
    let kills = 0;
    for (;;) {
      const watch = all.place.start(...WATCH, ...flags);
      const createdBefore = all.simulator.stats().batches.created;
      const created = () => all.simulator.stats().batches.created;
      let ended = false;
      void watch.ended.then(() => {
        ended = true;
      });
      await until(() => ended || (kills < 6 && created() > createdBefore));
      if (ended) {
        expect((await watch.ended).stdout).toContain("Done: 120 of 120");
        break;
      }
      kills += 1;
      watch.process.kill("SIGKILL");
      await watch.ended;
    }
    expect(kills).toBeGreaterThan(2);
    expect(all.simulator.stats().batches.created).toBeGreaterThan(batches.length);
    expectEachRowOnce(all, 120);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  }, 150_000);

  test("when all notes are lost, batches that were sent again are found by their metadata", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    await all.submitAll(20, 60);
    const watch = all.place.start(...WATCH);
    await watch.says(/sent again/);
    watch.process.kill("SIGKILL");
    await watch.ended;
    all.simulator.configure({ batchExpiring: 0 });
    rmSync(all.place.at("datasets"), { recursive: true });
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr]).toEqual([0, expect.stringContaining("an earlier start created it")]);
    expectEachRowOnce(all, 60);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("of two batches with the same requests the younger is cancelled, and what it answered is counted", async () => {
    await using all = await foreignPlace({ batchSpeed: 1 });
    const [root] = await all.submitAll(10, 10);
    await all.openai.batches.cancel(root!.id);
    const metadata = { assay_resends: root!.id, assay_part: "0", assay_sha256: "0" };
    const elder = await all.submit(upTo(10).map(lineOf), metadata);
    all.simulator.advance(2);
    const younger = await all.submit(upTo(10).map(lineOf), metadata);
    const watch = all.place.start(...WATCH);
    await watch.says(/hold the same requests/);
    all.simulator.configure({ batchSpeed: 600 });
    const { code, stderr } = await watch.ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`Batches ${elder.id} and ${younger.id} hold the same requests: ${younger.id}`);
    expect((await all.openai.batches.retrieve(younger.id)).status).toBe("cancelled");
    expectEachRowOnce(all, 10);
  });

  test("two commands on the same batches: the second says so", async () => {
    await using all = await foreignPlace({ batchDuration: "10m", batchSpeed: 1, batchWindowSeconds: 86_400 });
    await all.submitAll(10, 10);
    const first = all.place.start(...WATCH);
    await first.says(/1 batch:/);
    const second = await all.place.run(...WATCH);
    expect([second.code, second.stderr]).toEqual([
      3,
      expect.stringContaining("These batches are being watched already"),
    ]);
    first.process.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
  });
});

describe("a batch report", () => {
  const REPORT = ["batch", "watch", "--batch_report", "report.csv", "--output_dir", "out", "--poll", "0.1"];

  test("gives each shard's results in its own file", async () => {
    await using all = await foreignPlace({ batchExpiring: 0.5, batchFaults: { "400": 0.05 } });
    const shards = [];
    for (const first of [0, 20, 40])
      shards.push(await all.submit(upTo(20).map((row) => lineOf(first + row))));
    const rows = shards.map(
      ({ id, input_file_id }, shard) =>
        `${shard},${id},${input_file_id},in/part-${shard}.jsonl,part-${shard}`,
    );
    writeFileSync(all.place.at("report.csv"), `,id,input_file_id,local_filepath,shard\n${rows.join("\n")}\n`);
    const { code } = await all.place.run(...REPORT, "--max_attempts", "9");
    const refused = all.simulator.stats().injected["400"] ?? 0;
    expect(code).toBe(refused > 0 ? 1 : 0);
    for (const shard of [0, 1, 2]) {
      const answered = idsOf(all.lines<ResultLine>(`out/part-${shard}.jsonl`));
      const errors = `out/part-${shard}.jsonl.errors.jsonl`;
      const failed = existsSync(all.place.at(errors)) ? idsOf(all.lines<ResultLine>(errors)) : [];
      expect([...answered, ...failed].sort((a, b) => a - b)).toEqual(upTo(20).map((row) => 20 * shard + row));
    }
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("names that would overwrite something are refused", async () => {
    await using all = await foreignPlace();
    const says = async (rows: string) => {
      writeFileSync(all.place.at("report.csv"), `id,input_file_id,local_filepath,shard\n${rows}`);
      const { code, stderr } = await all.place.run(...REPORT);
      expect([code, stderr.split("\n").length]).toEqual([2, 2]);
      return stderr;
    };
    mkdirSync(all.place.at("out"));
    expect(await says("batch_a,f,out/x.jsonl,x\n")).toContain("holds the request file out/x.jsonl");
    expect(await says("batch_a,f,in/x.jsonl,x\nbatch_b,g,in/y.jsonl,x\n")).toContain(
      "The batches batch_a and batch_b would both write out/x.jsonl",
    );
  });
});

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
