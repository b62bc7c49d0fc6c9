import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShard } from "../../services/coordinator/batches/build-shard.ts";
import { shardRowsFor } from "../../services/coordinator/batches/shard-size.ts";
import { ResultsLedger } from "../../services/coordinator/collecting/results-ledger.ts";
import { loadTokenizer } from "../../shared/annotators/cost/tokens.ts";
import { readShardRows } from "../../shared/batch-lane/shard-blob.ts";
import { type Blobs, openBlobs } from "../../shared/runtime/blobs.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { startNats, type TestNats } from "../support/nats.ts";
import { BATCH, someEntry, someSpec } from "./job-entries.ts";

let nats: TestNats;
let broker: Broker;
let blobs: Blobs;
beforeAll(async () => {
  nats = await startNats();
  broker = await openBroker(nats.url("coordinator"), "coordinator", 5000);
  await ensureTopology(broker);
  blobs = openBlobs(broker);
});
afterAll(async () => {
  await broker?.close();
  await nats?.[Symbol.asyncDispose]();
});

/** The shard that begins at a row, of a job whose rows all ask the same. */
async function shardOf(rows: number, prompt: string, from: number) {
  const spec = someSpec();
  const ledger = new ResultsLedger(rows);
  const built = await buildShard({
    entry: someEntry({ spec: { ...spec, dispatch: { ...spec.dispatch, batch: BATCH } } }),
    blobs,
    rows: {
      at: (row) => ({ row, messages: JSON.stringify([{ role: "user", content: prompt }]) }),
      mayStart: () => true,
      settle: () => {},
    },
    ledger,
    tokenizer: await loadTokenizer("estimate"),
    shard: 0,
    from,
    room: Number.POSITIVE_INFINITY,
    signal: AbortSignal.timeout(60_000),
  });
  return { ...built, shard: built.shard! };
}

test("a shard ends before it is larger than the provider takes, and the next one begins with that row", async () => {
  const prompt = "x".repeat(3_900_000);
  const { shard, end } = await shardOf(60, prompt, 0);
  const { bytes } = shard.sends[0]!.content!;
  expect(bytes).toBeLessThanOrEqual(200_000_000);
  expect(bytes).toBeGreaterThan(200_000_000 - 2 * prompt.length);
  expect([shard.rows, end]).toEqual([51, 51]);
  const rest = await shardOf(60, prompt, end);
  expect([...(await readShardRows(blobs, rest.shard.blob))]).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59]);
}, 60_000);

test("shards of small jobs have 100 rows, of large ones a two-hundredth of them, never more than a file may hold", async () => {
  const sizes = [1, 20_000, 20_022, 1_000_000, 100_000_000].map((rows) => shardRowsFor(rows, null));
  expect(sizes).toEqual([100, 100, 101, 5_000, 50_000]);
  expect(shardRowsFor(1_000_000, 7)).toBe(7);
  const { shard, end } = await shardOf(250, "Hello.", 200);
  expect([shard.rows, shard.from, end]).toEqual([50, 200, 250]);
});
