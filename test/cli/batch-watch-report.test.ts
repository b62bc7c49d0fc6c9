import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { foreignPlace, lineOf } from "./foreign-batches.ts";
import { idsOf, type ResultLine, upTo } from "./watched-batches.ts";

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
