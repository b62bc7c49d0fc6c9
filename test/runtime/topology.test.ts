import { StorageType } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { sweepOnce } from "../../services/coordinator/owning/sweep.ts";
import { JobEntry } from "../../shared/contracts/job-entry.ts";
import { Shard } from "../../shared/contracts/shard.ts";
import { openBlobs } from "../../shared/runtime/blobs.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { ensureTopology, ensureWorkQueue, streamsOf } from "../../shared/runtime/streams.ts";
import { BUCKETS, resultStream, workStreamBytes } from "../../shared/topology.ts";
import { someSend, someShard } from "../batch-supervisor/some-shard.ts";
import { someEntry } from "../coordinator/job-entries.ts";
import { startCoordinator } from "../support/coordinator.ts";
import { startSystem } from "../support/system.ts";

const STREAM_BYTES = workStreamBytes({ rows: 10_000, bytes: 0 });

test("what an installation has is made once, by any number of replicas at the same time", async () => {
  await using system = await startSystem();
  await Promise.all([1, 2, 3, 4].map(() => ensureTopology(system.admin)));
  await ensureTopology(system.admin);
  const names = await streamsOf(system.admin, ">");
  expect(names.sort()).toEqual(
    ["BLOBS", "DEAD", "JOBS", ...Object.values(BUCKETS).map((name) => `KV_${name}`)].sort(),
  );
});

test.each([
  [
    "stream JOBS",
    { name: "JOBS", subjects: ["jobs.*"], storage: StorageType.Memory },
    /storage "memory" instead of "file"/,
  ],
  [
    "bucket jobs",
    { name: "KV_jobs", subjects: ["$KV.jobs.>"], max_msgs_per_subject: 5 },
    /max_msgs_per_subject 5 instead of 1/,
  ],
])("a %s with other settings is named, and no service works with it", async (what, config, differing) => {
  await using system = await startSystem();
  await system.admin.jsm.streams.add(config);
  const started = startCoordinator(system.nats, { roots: system.folder });
  await expect(started).rejects.toThrow(/^the coordinator ended with 3: /);
  const said = await started.catch((error: Error) => error.message);
  expect(said).toContain(`The broker's ${what} has other settings than Assay needs`);
  expect(said).toMatch(differing);
  expect(said).not.toMatch(/\n\s+at /);
});

test("streams and shards that a crash left behind are deleted once their job is gone or ended for ten minutes", async () => {
  await using system = await startSystem();
  await ensureTopology(system.admin);
  const jobs = await openStore(system.admin, BUCKETS.jobs, JobEntry);
  const shards = await openStore(system.admin, BUCKETS.shards, Shard);
  const blobs = openBlobs(system.admin);
  const endedAt = "2030-01-01T00:00:00.000Z";
  const [running, ended, gone] = ["a".repeat(16), "b".repeat(16), "c".repeat(16)];
  await jobs.create(running, someEntry({ id: running, state: "running" }));
  await jobs.create(ended, someEntry({ id: ended, state: "completed", endedAt }));
  for (const job of [running, ended, gone])
    await ensureWorkQueue(system.admin, resultStream(job, 1), `r.${job}.1`, STREAM_BYTES);
  for (const job of [running, ended, gone]) {
    await shards.create(`${job}.1.0`, { ...someShard([someSend()]), job });
    await blobs.writer(`${job}.1.0.x.lines`).close();
  }
  const left = async (afterMs: number) => {
    await sweepOnce({ broker: system.admin, jobs, shards, blobs }, Date.parse(endedAt) + afterMs);
    return (await streamsOf(system.admin, "r.>")).sort();
  };
  expect(await left(9 * 60_000)).toEqual([resultStream(running, 1), resultStream(ended, 1)]);
  expect(await left(11 * 60_000)).toEqual([resultStream(running, 1)]);
  expect(await shards.keys()).toEqual([`${running}.1.0`]);
  const { subjects } = (await system.admin.jsm.streams.info("BLOBS", { subjects_filter: ">" })).state;
  expect(Object.keys(subjects!)).toEqual([`blob.${running}.1.0.x.lines.0`]);
});
