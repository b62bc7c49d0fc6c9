import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "./assay.ts";
import { DATASET, foreignPlace, lineOf, MODEL } from "./foreign-batches.ts";

/** The request line of a row with something else in it. */
const changed = (row: number, changes: Record<string, unknown>) =>
  JSON.stringify({ ...JSON.parse(lineOf(row)), ...changes });
const embedding = changed(1, { url: "/v1/embeddings", body: { model: MODEL, input: "a" } });
const otherModel = changed(1, { body: { ...JSON.parse(lineOf(1)).body, model: "gpt-4o" } });

describe("a request file with a fault is never uploaded", () => {
  test.each<[what: string, content: string, says: string]>([
    ["no JSON at all", "hello\n", "in.jsonl line 1 is not valid JSON"],
    [
      "an array",
      `[${lineOf(0)}]\n`,
      "in.jsonl line 1 is a list, not an object {custom_id, method, url, body}.",
    ],
    ["cut short", lineOf(0).slice(0, -9), "in.jsonl line 1 is not valid JSON"],
    ["without custom_id", changed(0, { custom_id: undefined }), "in.jsonl line 1 has no custom_id."],
    ["duplicates", `${lineOf(0)}\n${lineOf(0)}\n`, 'line 2 has the custom_id "0" that line 1 has already.'],
    ["two models", `${lineOf(0)}\n${otherModel}\n`, `line 2 asks gpt-4o, but line 1 asks ${MODEL}`],
    [
      "two endpoints",
      `${lineOf(0)}\n${embedding}\n`,
      "line 2 calls /v1/embeddings, but line 1 calls /v1/chat",
    ],
    ["empty", "", "in.jsonl holds no request."],
  ])("%s", async (_what, content, says) => {
    await using all = await foreignPlace();
    writeFileSync(all.place.at("in.jsonl"), content);
    const { code, stdout, stderr } = await all.place.run("batch", "run", "in.jsonl");
    expect([code, stdout, stderr.trimEnd().split("\n").length]).toEqual([2, "", 1]);
    expect(stderr).toContain(`Error: `);
    expect(stderr).toContain(says);
    expect([all.simulator.stats().calls, readdirSync(all.place.folder)]).toEqual([{}, ["in.jsonl"]]);
  });
});

describe("of a batch that is there", () => {
  test("a download before its end says its state, and leaves the file that was there", async () => {
    await using all = await foreignPlace({ batchDuration: "1h", batchSpeed: 1, batchWindowSeconds: 86_400 });
    const { id } = await all.submit([lineOf(0)]);
    writeFileSync(all.place.at("r.jsonl"), "mine\n");
    const { code, stderr } = await all.place.run("batch", "download", "r.jsonl", "--id", id);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/is (validating|in_progress).*no results yet/)]);
    expect(readFileSync(all.place.at("r.jsonl"), "utf8")).toBe("mine\n");
  });

  test("an unknown id, whatever is wanted of it", async () => {
    await using all = await foreignPlace();
    for (const words of [["check"], ["cancel"], ["download", "r.jsonl"]]) {
      const { code, stderr } = await all.place.run("batch", ...words, "--id", "batch_nobody");
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining("There is no batch batch_nobody for this key"),
      ]);
    }
    expect(readdirSync(all.place.folder)).toEqual([]);
  });

  test("cancelled in the provider's dashboard: what it has is fetched, and the exit code says that something is missing", async () => {
    await using all = await foreignPlace({ batchSpeed: 30, batchDuration: "60s" });
    const { id } = await all.submit(Array.from({ length: 40 }, (_, row) => lineOf(row)));
    await until(async () => ((await all.openai.batches.retrieve(id)).request_counts?.completed ?? 0) > 0);
    await all.openai.batches.cancel(id);
    await until(async () => (await all.openai.batches.retrieve(id)).status === "cancelled");
    const { code, stderr } = await all.place.run("batch", "download", "r.jsonl", "--id", id);
    expect([code, stderr]).toEqual([1, expect.stringContaining("is cancelled")]);
    expect(all.lines("r.jsonl").length + all.lines("r.jsonl.errors.jsonl").length).toBe(40);
  });

  test("a result file that comes cut short is fetched again until it is whole", async () => {
    await using all = await foreignPlace();
    await all.submitAll(10, 20);
    await until(async () => (await all.batches()).every(({ status }) => status === "completed"));
    all.simulator.configure({ readFaults: { cut: 0.9 } });
    const watch = all.place.start(
      ...["batch", "watch", "--batch_objects_file", "batch_objects.json", "--poll", "0.1"],
    );
    await watch.says(/came cut short 3 times .* The watch goes on|cannot be reached .* The watch goes on/);
    all.simulator.configure({ readFaults: {} });
    expect((await watch.ended).code).toBe(0);
    expect(all.lines("batch_results.jsonl")).toHaveLength(20);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("results for ids that are no rows are kept and told", async () => {
    await using all = await foreignPlace();
    all.write([
      await all.submit([lineOf(0), changed(1, { custom_id: "row one" }), changed(2, { custom_id: "999" })]),
    ]);
    const { code, stdout } = await all.place.run(
      ...["batch", "watch", "--batch_objects_file", "batch_objects.json", "--poll", "0.1"],
      ...["--dataset", DATASET, "--annotator", MODEL, "--json"],
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).reannotated).toMatchObject({ rows: 1, strangers: 2 });
    expect(all.lines("batch_results.jsonl").map((line) => line.custom_id)).toEqual(["0", "999", "row one"]);
    const rows = all.lines<{ row: number }>(`datasets/reannotated/instructions_${MODEL}/responses.jsonl`);
    expect(rows.map(({ row }) => row)).toEqual([0]);
  });
});

test("a key that may not use batches is told apart from an unknown one, and nothing is noted", async () => {
  await using all = await foreignPlace({ apiKeys: ["sk-test", "sk-mine"], batchKeys: ["sk-mine"] });
  writeFileSync(all.place.at("in.jsonl"), `${lineOf(0)}\n`);
  const run = await all.place.run("batch", "run", "in.jsonl");
  expect([run.code, run.stdout]).toEqual([3, ""]);
  expect(run.stderr).toMatch(/Error: The key (may not do this|is refused): .*\n$/);
  expect(existsSync(all.place.at("last_batch_id.tok"))).toBe(false);
});
