import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { until } from "./assay.ts";
import { answerTo, DATASET, foreignPlace, lineOf, MODEL, PROMPTS } from "./foreign-batches.ts";
import { expectEachRowOnce, idsOf, JOIN, OUTPUT, type ResultLine, upTo, WATCH } from "./watched-batches.ts";

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
      endpoint: all.simulator.url,
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

  test("batches of the same run of a job that its list did not name yet are watched, too", async () => {
    await using all = await foreignPlace();
    const ofRun = (run: string, first: number) =>
      all.submit(
        upTo(10).map((row) => lineOf(first + row)),
        { installation: "i", job: "j1", run },
      );
    all.write([await ofRun("1", 0)]);
    const [unnamed] = [await ofRun("1", 10), await ofRun("2", 20)];
    const { code, stderr } = await all.place.run(...WATCH);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`Batch ${unnamed.id} belongs to the same run of the same job, and is watched`),
    ]);
    expectEachRowOnce(all, 20);
    expect((await all.place.run(...WATCH, "--json")).stdout).toContain('"batches":2');
    expectEachRowOnce(all, 20);
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
