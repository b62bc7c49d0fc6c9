import { RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { diskFault } from "../../cli/supervisor/require-disk.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { workStreamBytes } from "../../shared/topology.ts";
import { startCoordinator } from "../support/coordinator.ts";
import { startSystem } from "../support/system.ts";

const MIB = 1024 ** 2;

describe("the disk that the broker reserves", () => {
  test("is small enough for a small job where 112 MB may be used", async () => {
    await using system = await startSystem({ brokerMb: 112 });
    await system.coordinator();
    await system.worker();
    const job = await system.start({ dataset: system.dataset(100) });
    expect(await system.over(job)).toMatchObject({ state: "completed", done: 100 });
  });

  test("is named with its amount and the way out where a job finds none", async () => {
    await using system = await startSystem({ brokerMb: 60 });
    await system.coordinator();
    const job = await system.start({ dataset: system.dataset(10) });
    const { state, reason } = await system.over(job);
    expect({ state, code: reason?.code }).toEqual({ state: "paused", code: "disk" });
    expect(reason?.message).toMatch(/^The broker has no space .* reserves 16 MiB: free some .*ASSAY_HOME/);
  });

  test("is too little for any job: no coordinator starts, and it says why", async () => {
    await using system = await startSystem({ brokerMb: 20 });
    await expect(startCoordinator(system.nats, { roots: system.folder })).rejects.toThrow(
      /ended with 3: [\s\S]*The broker has no space on its disk for stream DEAD, which reserves 32 MiB/,
    );
  });

  test("of an earlier version is given back", async () => {
    await using system = await startSystem();
    await system.admin.jsm.streams.add({
      name: "DEAD",
      subjects: ["dead.>"],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_age: 30 * 24 * 3600 * 1e9,
      max_bytes: 1024 * MIB,
    });
    await ensureTopology(system.admin);
    expect((await system.admin.jsm.streams.info("DEAD")).config.max_bytes).toBe(32 * MIB);
  });

  test("grows with the job, between two messages of the largest size and 64 MiB", () => {
    const mib = (rows: number, bytes: number) => workStreamBytes({ rows, bytes }) / MIB;
    expect([mib(1, 100), mib(250, 1e6), mib(512, 0), mib(10, 20 * MIB), mib(1e6, 1e9)]).toEqual([
      16, 16, 32, 40, 64,
    ]);
  });

  test("is checked before a system starts", () => {
    expect(diskFault("/data/.assay/nats/data", 90.9e6)).toBe(
      "/data/.assay/nats/data is on a disk with 90 MB free, and the broker needs 150 MB for its work: free some, or set ASSAY_HOME to a folder on another disk.",
    );
    expect(diskFault("/data", 150e6)).toBeUndefined();
    expect(diskFault("/data", undefined)).toBeUndefined();
  });
});
