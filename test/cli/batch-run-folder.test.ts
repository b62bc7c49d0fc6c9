import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "./assay.ts";
import { type ForeignPlace, foreignPlace, lineOf } from "./foreign-batches.ts";

const REPORT = "batch_infer_openai_results.csv";
const RUN = ["batch", "run", "in", "--poll", "0.1"];

/** Files of `size` rows each, in the folder `in`. */
function putFiles({ place }: ForeignPlace, count: number, size: number): void {
  mkdirSync(place.at("in"), { recursive: true });
  for (let number = 0; number < count; number++) {
    const lines = Array.from({ length: size }, (_, row) => `${lineOf(number * size + row)}\n`);
    writeFileSync(place.at(`in/part-${number}.jsonl`), lines.join(""));
  }
}

const report = ({ place }: ForeignPlace) =>
  readFileSync(place.at(REPORT), "utf8")
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));

describe("a folder of request files", () => {
  test("becomes a batch of each file, in a report that a watch takes", async () => {
    await using all = await foreignPlace();
    putFiles(all, 11, 5);
    writeFileSync(all.place.at("in/part-0.jsonl.errors.jsonl"), "{}\n");
    const { code, stdout } = await all.place.run(...RUN);
    expect([code, stdout]).toEqual([0, `${REPORT}: 11 batches\n`]);
    const [header, ...rows] = report(all);
    expect(header).toEqual(["id", "input_file_id", "local_filepath", "shard"]);
    const batches = await all.batches();
    expect(rows).toEqual(
      batches.map(({ id, input_file_id }, number) => [
        id,
        input_file_id,
        `in/part-${number}.jsonl`,
        `part-${number}`,
      ]),
    );
    const watch = ["batch", "watch", "--batch_report", REPORT, "--output_dir", "out", "--poll", "0.1"];
    expect((await all.place.run(...watch)).code).toBe(0);
    expect(
      all
        .lines("out/part-10.jsonl")
        .map((line) => line.custom_id)
        .sort(),
    ).toEqual(["50", "51", "52", "53", "54"]);
  });

  test("a second run submits only what the report lacks", async () => {
    await using all = await foreignPlace();
    putFiles(all, 2, 5);
    expect((await all.place.run(...RUN)).code).toBe(0);
    putFiles(all, 4, 5);
    const { code, stderr } = await all.place.run(...RUN);
    expect(code).toBe(0);
    expect(stderr).toContain(`2 of 4 files are in ${REPORT} already.`);
    expect(report(all).map(([, , , shard]) => shard)).toEqual([
      "shard",
      "part-0",
      "part-1",
      "part-2",
      "part-3",
    ]);
    expect(all.simulator.stats().batches.created).toBe(4);
  });

  test("a fault in any file stops all of them before the first upload", async () => {
    await using all = await foreignPlace();
    putFiles(all, 2, 5);
    writeFileSync(all.place.at("in/odd.jsonl"), `${lineOf(0)}\n${lineOf(0)}\n`);
    const { code, stderr } = await all.place.run(...RUN);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'Error: in/odd.jsonl line 2 has the custom_id "0" that line 1 has already.\nNothing was uploaded: mend that file first.\n',
    );
    expect([all.simulator.stats().calls, existsSync(all.place.at(REPORT))]).toEqual([{}, false]);
  });

  test("waits for room, oldest first, where the provider takes in only so many tokens", async () => {
    // Long enough that all are sent while the first of them is open.
    const long = { batchDuration: "1200s", batchWindowSeconds: 86_400 };
    await using all = await foreignPlace({ batchEnqueuedTokens: 1800, ...long });
    putFiles(all, 6, 15);
    const { code, stderr } = await all.place.run(...RUN);
    expect(code).toBe(0);
    expect(stderr).toContain("others wait until some have ended");
    expect(all.simulator.stats().batches.ended.failed).toBeGreaterThan(0);
    const rows = report(all).slice(1);
    expect(rows.map(([, , , shard]) => shard)).toEqual([0, 1, 2, 3, 4, 5].map((number) => `part-${number}`));
    await until(async () => (await all.batches()).every(({ status }) => /completed|failed/.test(status)));
    for (const [id] of rows) expect((await all.openai.batches.retrieve(id!)).status).toBe("completed");
    expect(all.simulator.stats()).toMatchObject({ paidCalls: 90, repeatedPaidCalls: 0 });
  });

  test("holds back what a given limit does not allow, so that nothing is refused", async () => {
    const long = { batchDuration: "600s", batchWindowSeconds: 86_400 };
    await using all = await foreignPlace({ batchEnqueuedTokens: 1800, ...long });
    putFiles(all, 4, 15);
    const { code } = await all.place.run(...RUN, "--max_enqueued_tokens", "1750");
    expect(code).toBe(0);
    expect(all.simulator.stats().batches.created).toBe(4);
    const few = await all.place.run(...RUN, "--batch_report", "other.csv", "--max_enqueued_tokens", "100");
    expect([few.code, few.stderr]).toEqual([
      2,
      expect.stringMatching(
        /in\/part-0\.jsonl has about [\d,]+ prompt tokens, over the --max_enqueued_tokens of 100/,
      ),
    ]);
  });

  test("a file that never fits is named, and the others go", async () => {
    await using all = await foreignPlace({ batchEnqueuedTokens: 1000 });
    putFiles(all, 2, 5);
    writeFileSync(
      all.place.at("in/large.jsonl"),
      Array.from({ length: 60 }, (_, row) => `${lineOf(20 + row)}\n`).join(""),
    );
    const { code, stderr } = await all.place.run(...RUN);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Error: in\/large\.jsonl: it has about \d+ prompt tokens, and the key's batches may hold 1000/,
    );
    expect(report(all)).toHaveLength(4);
    const watch = ["batch", "watch", "--batch_report", REPORT, "--output_dir", "out", "--poll", "0.1"];
    expect((await all.place.run(...watch)).code).toBe(0);
    expect(all.lines("out/large.jsonl")).toHaveLength(60);
  });

  test("two on one report do not disturb each other, and nothing of their lock stays, however they end", async () => {
    await using all = await foreignPlace({ batchValidation: "10m", batchSpeed: 1 });
    mkdirSync(all.place.at("tmp"));
    all.place.env.TMPDIR = all.place.at("tmp");
    putFiles(all, 1, 3);
    const left = () => readdirSync(all.place.at("tmp"));
    const run = all.place.start(...RUN);
    await run.says(/part-0\.jsonl: batch/);
    const second = await all.place.run(...RUN);
    expect([second.code, second.stderr]).toEqual([
      3,
      `Error: Another command is adding batches to ${REPORT}: wait for it, or name another --batch_report.\n`,
    ]);
    expect(left()).toHaveLength(1);
    run.process.kill("SIGKILL");
    await run.ended;
    const next = all.place.start(...RUN);
    await next.says(/1 of 1 files are in/);
    next.process.kill("SIGINT");
    expect((await next.ended).code).toBe(130);
    expect(left()).toEqual([]);
    writeFileSync(all.place.at("in/odd.jsonl"), "{}\n");
    expect((await all.place.run(...RUN)).code).toBe(2);
    expect(left()).toEqual([]);
  });

  test("killed again and again, while answers get lost, it makes one batch of each file", async () => {
    await using all = await foreignPlace({ batchListDelay: "uniform:0s-20s" });
    putFiles(all, 20, 3);
    all.simulator.configure({ createFaults: { lost: 0.3, "500": 0.1 }, uploadFaults: { lost: 0.1 } });
    for (let kills = 0; ; ) {
      const run = all.place.start(...RUN, "--reconcile_wait", "1");
      const before = all.simulator.stats().batches.created;
      let ended = false;
      void run.ended.then(() => {
        ended = true;
      });
      // Each lost answer is looked for for two seconds, and there are some eight of them one after the other.
      const killOrEnd = () => ended || (kills < 5 && all.simulator.stats().batches.created > before);
      await until(killOrEnd, { withinMs: 150_000 });
      if (ended) {
        expect((await run.ended).code).toBe(0);
        break;
      }
      kills += 1;
      run.process.kill("SIGKILL");
      await run.ended;
    }
    const files = report(all)
      .slice(1)
      .map(([, , path]) => path);
    expect(new Set(files)).toHaveProperty("size", 20);
    expect(files).toHaveLength(20);
    expect(all.simulator.stats().batches.created).toBe(20);
    expect(existsSync(all.place.at(`${REPORT}.pending.json`))).toBe(false);
  }, 180_000);

  test("Ctrl-C ends it with 130 and says how it goes on", async () => {
    await using all = await foreignPlace({ batchValidation: "10m", batchSpeed: 1 });
    putFiles(all, 2, 3);
    const run = all.place.start(...RUN);
    await run.says(/part-1\.jsonl: batch/);
    run.process.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining(
        `Interrupted: 2 batches are in ${REPORT}, and the same command goes on from there.`,
      ),
    ]);
  });

  test.each<[argv: string[], says: string]>([
    [["batch", "run", "empty"], "empty holds no request file"],
    [
      ["batch", "run", "in", "--max_enqueued_tokens", "many"],
      '--max_enqueued_tokens is "many": give a whole number',
    ],
    [["batch", "run", "nowhere"], "nowhere does not exist: check the path."],
  ])("%j is refused", async (argv, says) => {
    await using all = await foreignPlace();
    putFiles(all, 1, 1);
    mkdirSync(all.place.at("empty"));
    const { code, stderr } = await all.place.run(...argv);
    expect([code, stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain(says);
  });

  test("what another command has left of a submission is told, not guessed", async () => {
    await using all = await foreignPlace();
    putFiles(all, 1, 1);
    writeFileSync(all.place.at(`${REPORT}.pending.json`), "{");
    const { code, stderr } = await all.place.run(...RUN);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`${REPORT}.pending.json is damaged`)]);
    rmSync(all.place.at(`${REPORT}.pending.json`));
    expect((await all.place.run(...RUN)).code).toBe(0);
  });
});
