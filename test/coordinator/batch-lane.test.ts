import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBatchLane } from "../../services/coordinator/batches/batch-lane.ts";
import { takeOver } from "../../services/coordinator/owning/take-over.ts";
import { JobProgress } from "../../shared/contracts/job-progress.ts";
import { Shard, shardKey } from "../../shared/contracts/shard.ts";
import { openBlobs } from "../../shared/runtime/blobs.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { broadcast } from "../../shared/runtime/requests.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { BUCKETS, shardChanged } from "../../shared/topology.ts";
import { someSend, someShard } from "../batch-supervisor/some-shard.ts";
import { startNats } from "../support/nats.ts";
import { until } from "../support/until.ts";
import { BATCH, someEntry, someSpec } from "./job-entries.ts";

const SHARDS = 1_000;

test("an owner that takes a job with many shards over sums them up and lists them, whatever is told while it reads", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "assay-lane-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const nats = stack.use(await startNats());
  const broker = await openBroker(nats.url("coordinator"), "coordinator", 5000);
  stack.defer(() => broker.close());
  await ensureTopology(broker);
  const store = await openStore(broker, BUCKETS.shards, Shard);
  const shards = Array.from({ length: SHARDS }, (_, shard) => {
    const send = someSend({ state: "polled" });
    return { ...someShard([{ ...send, batch: { ...send.batch!, id: `batch_${shard}` } }]), shard };
  });
  await Promise.all(shards.map((shard) => store.create(shardKey(shard), shard)));
  const spec = someSpec({ workFolder: join(folder, "work"), outputFolder: folder });
  const entry = someEntry({ spec: { ...spec, dispatch: { ...spec.dispatch, batch: BATCH } } });
  const progress = await openStore(broker, BUCKETS.progress, JobProgress);
  const keeper = await takeOver(broker, progress, entry, "coordinator-0");
  const faults: unknown[] = [];
  const supervisor = await openBroker(nats.url("batch-supervisor"), "supervisor", 5000);
  stack.defer(() => supervisor.close());
  const telling = setInterval(() => broadcast(supervisor, shardChanged(shardKey(shards[0]!)), {}), 2);
  stack.defer(() => clearInterval(telling));
  const lane = await openBatchLane({
    ...{ broker, store, blobs: openBlobs(broker), entry, keeper },
    onChange: () => {},
    onFault: (error) => faults.push(error),
  });
  stack.defer(() => lane.stop());
  const stored = async () => (await progress.get(entry.id))?.value.batches[0]?.states;
  await until("the sums are stored", async () => (await stored())?.in_progress === SHARDS);
  const listed = () => {
    try {
      return JSON.parse(readFileSync(join(folder, "work", "batch_objects.json"), "utf8")) as unknown[];
    } catch {
      return [];
    }
  };
  await until("the batches are listed", () => listed().length === SHARDS);
  expect(faults).toEqual([]);
});
