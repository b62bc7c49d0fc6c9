import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "./assay.ts";
import { foreignPlace, lineOf } from "./foreign-batches.ts";
import { expectEachRowOnce, JOIN, upTo, WATCH } from "./watched-batches.ts";

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

  test("a batch that was sent again just before a kill, and expired meanwhile, is planned like any other", async () => {
    await using all = await foreignPlace({ batchExpiring: 1 });
    const [given] = await all.submitAll(20, 20);
    const watch = all.place.start(...WATCH);
    await watch.says(/sent again/);
    watch.process.kill("SIGKILL");
    await watch.ended;
    await until(async () => (await all.batches()).every(({ status }) => status === "expired"));
    // As if it had been killed before the parent's entry named its child.
    const [folder] = readdirSync(all.place.at("datasets/temp"));
    const entry = all.place.at(`datasets/temp/${folder}/${given!.id}.batch.json`);
    const record = JSON.parse(readFileSync(entry, "utf8"));
    expect(record.parts).toHaveLength(1);
    record.parts[0].child = null;
    writeFileSync(entry, JSON.stringify(record));
    all.simulator.configure({ batchExpiring: 0 });
    expect((await all.place.run(...WATCH)).stdout).toContain("Done: 20 of 20");
    expectEachRowOnce(all, 20);
    expect(all.simulator.stats().repeatedPaidCalls).toBe(0);
  });

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
