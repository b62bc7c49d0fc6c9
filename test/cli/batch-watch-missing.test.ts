import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "./assay.ts";
import { foreignPlace, lineOf } from "./foreign-batches.ts";
import { expectEachRowOnce, JOIN, upTo, WATCH } from "./watched-batches.ts";

describe("rows that stand in none of the batches", () => {
  test("are told, and sent where that is wanted", async () => {
    await using all = await foreignPlace({ batchExpiring: 0.5 });
    await all.submitAll(20, 100);
    const told = await all.place.run(...WATCH, ...JOIN, "--max_attempts", "9");
    expect([told.code, told.stderr]).toEqual([
      1,
      expect.stringContaining("140 rows of the dataset stand in none of the batches: --resubmit"),
    ]);
    expectEachRowOnce(all, 100);
    const kinds = ["--resubmit", "expired,errors,missing", "--max_attempts", "9"];
    expect((await all.place.run(...WATCH, ...JOIN, ...kinds)).code).toBe(0);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("go at once, while batches are open, and none that these hold goes a second time", async () => {
    await using all = await foreignPlace();
    await all.submitAll(20, 60);
    all.simulator.configure({ batchSpeed: 1 });
    all.write([...(await all.batches()), await all.submit(upTo(20).map((row) => lineOf(60 + row)))]);
    const watch = all.place.start(...WATCH, ...JOIN, "--resubmit", "missing");
    await watch.says(/160 rows that stood in none of the batches are sent, as batch batch_/);
    all.simulator.configure({ batchSpeed: 600 });
    expect((await watch.ended).code).toBe(0);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("wait for the end of a batch whose requests nobody has any more", async () => {
    await using all = await foreignPlace();
    await all.submitAll(20, 60);
    await until(async () => (await all.batches()).every(({ status }) => status === "completed"));
    all.simulator.configure({ batchSpeed: 1 });
    const open = await all.submit(upTo(20).map((row) => lineOf(60 + row)));
    await all.openai.files.delete(open.input_file_id);
    all.write(await all.batches());
    const watch = all.place.start(...WATCH, ...JOIN, "--resubmit", "missing");
    await watch.says(/3 completed/);
    all.simulator.configure({ batchSpeed: 600 });
    expect((await watch.ended).code).toBe(0);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test("are not sent while a batch is unknown that may hold them; with its key they are", async () => {
    await using all = await foreignPlace();
    all.write([...(await all.submitAll(20, 40)), { id: "batch_nobody" }]);
    const { code, stderr } = await all.place.run(...WATCH, ...JOIN, "--resubmit", "missing");
    expect([code, stderr]).toEqual([1, expect.stringContaining("Since batch batch_nobody is unknown")]);
    expect(all.simulator.stats().batches.created).toBe(2);
  });

  test("are found in the provider's list where the notes of an earlier start are lost", async () => {
    await using all = await foreignPlace();
    await all.submitAll(20, 40);
    const command = [...WATCH, ...JOIN, "--resubmit", "missing"];
    const watch = all.place.start(...command);
    await watch.says(/200 rows that stood in none of the batches are sent/);
    watch.process.kill("SIGKILL");
    await watch.ended;
    rmSync(all.place.at("datasets"), { recursive: true });
    expect((await all.place.run(...command)).code).toBe(0);
    expectEachRowOnce(all, 240);
    expect(all.simulator.stats()).toMatchObject({ batches: { created: 3 }, repeatedPaidCalls: 0 });
  });
});
