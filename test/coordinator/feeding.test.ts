import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ResultsLedger } from "../../services/coordinator/collecting/results-ledger.ts";
import { feed } from "../../services/coordinator/feeding/feeder.ts";
import { OwnershipLost, type ProgressKeeper } from "../../services/coordinator/job/progress-keeper.ts";
import { takeOver } from "../../services/coordinator/owning/take-over.ts";
import { CompletionChunk } from "../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../shared/contracts/job-entry.ts";
import { JobProgress } from "../../shared/contracts/job-progress.ts";
import { LANES } from "../../shared/lanes.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { decode } from "../../shared/runtime/messages.ts";
import { openStore, type Store } from "../../shared/runtime/store.ts";
import { ensureTopology, lastSequence } from "../../shared/runtime/streams.ts";
import { Wake } from "../../shared/timing/wake.ts";
import { BUCKETS, workStream, workStreamBytes } from "../../shared/topology.ts";
import { closedGate } from "../support/gate.ts";
import { startNats, type TestNats } from "../support/nats.ts";
import { until } from "../support/until.ts";
import { someEntry, someSpec } from "./job-entries.ts";

const STREAM_BYTES = workStreamBytes({ rows: 10_000, bytes: 0 });

/** More chunks than one plan holds. */
const ROWS = 800;
const CHUNK = 10;
const CHUNKS = ROWS / CHUNK;

let nats: TestNats;
let broker: Broker;
let store: Store<JobProgress>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "assay-feeding-"));
  nats = await startNats();
  broker = await openBroker(nats.url("coordinator"), "feeding", 5000);
  await ensureTopology(broker);
  store = await openStore(broker, BUCKETS.progress, JobProgress);
});

afterAll(async () => {
  await broker?.close();
  await nats?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Where a feeder dies: at which of its plan's saves or of its publishes, before or after the broker got it. */
const Death = fc.record({
  at: fc.constantFrom("save" as const, "publish" as const),
  number: fc.integer({ min: 1, max: 70 }),
  arrives: fc.boolean(),
});

test("wherever feeders die, one after another, each row is published exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Death, { maxLength: 5 }), fc.option(fc.nat(9)), async (deaths, suspect) => {
      const entry = newJob();
      for (const [life, death] of deaths.entries()) {
        const keeper = await takeOver(broker, store, entry, `owner-${life}`);
        if (life === 0 && suspect !== null) {
          keeper.draft.refeed = [suspect];
          await keeper.save();
        }
        await feedUntilDeath(entry, keeper, death);
      }
      const keeper = await takeOver(broker, store, entry, "the-last");
      const suspects = deaths.length > 0 && suspect !== null ? [suspect] : [];
      await feedToEnd(entry, keeper, CHUNKS + suspects.length);
      const published = await publishedChunks(entry);
      expect(rowsOf(published.filter(({ single }) => !single))).toEqual(allRows());
      expect(rowsOf(published.filter(({ single }) => single))).toEqual(suspects);
    }),
    { numRuns: 10 },
  );
});

test("a second feeder at the same time is refused, and each row is published exactly once", async () => {
  for (const publishedBefore of [0, 1, 15, 16, 40]) {
    const entry = newJob();
    const first = await takeOver(broker, store, entry, "first");
    const gate = closedGate();
    let sent = 0;
    const slow = brokerWith(async (publish) => {
      sent += 1;
      if (sent > publishedBefore) await gate.opened;
      return await publish();
    });
    const feeding = feed(optionsOf(entry, first, { broker: slow })).catch((error: unknown) => error);
    await until("the first is in the middle of its plan", () => sent > publishedBefore);
    const second = await takeOver(broker, store, entry, "second");
    // Both publish the same chunks with the same expected sequences from here on.
    gate.open();
    await feedToEnd(entry, second, CHUNKS);
    expect(await feeding).toBeInstanceOf(OwnershipLost);
    expect(rowsOf(await publishedChunks(entry))).toEqual(allRows());
  }
});

test("a work stream that was deleted is made again, and every row without an outcome is fed", async () => {
  const entry = newJob();
  const keeper = await takeOver(broker, store, entry, "owner");
  const ledger = new ResultsLedger(ROWS);
  await feedToEnd(entry, keeper, CHUNKS, ledger);
  await broker.jsm.streams.delete(workStream(entry.id, "route"));
  for (let row = 0; row < 500; row += 1) ledger.enter(row, row % 7 !== 0);
  await feedToEnd(entry, keeper, (ROWS - 500) / CHUNK, ledger);
  expect(rowsOf(await publishedChunks(entry))).toEqual(allRows().slice(500));
});

function newJob(): RequestJob {
  const id = randomBytes(8).toString("hex");
  return someEntry({ id, spec: someSpec({ workFolder: join(folder, id) }) });
}

async function feedToEnd(entry: RequestJob, keeper: ProgressKeeper, chunks: number, ledger?: ResultsLedger) {
  const stop = new AbortController();
  const feeding = feed(optionsOf(entry, keeper, { signal: stop.signal, ...(ledger ? { ledger } : {}) }));
  const stream = workStream(entry.id, "route");
  await until(
    `${chunks} chunks are published`,
    async () => ((await lastSequence(broker, stream)) ?? 0) >= chunks,
  );
  stop.abort();
  await feeding;
}

/** Resolves when the feeder is as good as dead: what it waits for never comes. */
async function feedUntilDeath(
  entry: RequestJob,
  keeper: ProgressKeeper,
  death: { at: "save" | "publish"; number: number; arrives: boolean },
): Promise<void> {
  const dead = closedGate();
  const counts = { save: 0, publish: 0 };
  const fatal = async <Result>(kind: "save" | "publish", work: () => Promise<Result>): Promise<Result> => {
    counts[kind] += 1;
    if (kind !== death.at || counts[kind] < death.number) return await work();
    // Publishes are under way side by side: those behind a lost one may still arrive, to be refused.
    if (death.arrives || counts[kind] > death.number) await work().catch(() => {});
    dead.open();
    return await new Promise(() => {});
  };
  const dying = Object.assign(Object.create(keeper) as ProgressKeeper, {
    save: () => fatal("save", () => keeper.save()),
  });
  const stop = new AbortController();
  const options = { broker: brokerWith((publish) => fatal("publish", publish)), signal: stop.signal };
  void feed(optionsOf(entry, dying, options));
  const stream = workStream(entry.id, "route");
  const allFed = until(
    "all is fed or it is dead",
    async () => (await lastSequence(broker, stream)) === CHUNKS + 1,
    {
      withinMs: 300,
    },
  );
  await Promise.race([dead.opened, allFed.catch(() => {})]);
  stop.abort();
  await broker.nc.flush();
}

function optionsOf(
  entry: RequestJob,
  keeper: ProgressKeeper,
  changes: { broker?: Broker; signal?: AbortSignal; ledger?: ResultsLedger },
) {
  return {
    broker,
    entry,
    keeper,
    ledger: new ResultsLedger(ROWS),
    rows: {
      at: async (row: number) => ({ row, messages: `[{"role":"user","content":"${row}"}]` }),
      mayStart: () => true,
      settle: () => {},
    },
    enter: async () => {},
    ackWaitMs: 30_000,
    streamBytes: STREAM_BYTES,
    wake: new Wake(),
    signal: new AbortController().signal,
    paused: () => false,
    ...LANES.online,
    ...changes,
  };
}

/** The broker with all publishes led through `way`. */
function brokerWith(way: <Result>(publish: () => Promise<Result>) => Promise<Result>): Broker {
  const js = Object.create(broker.js) as Broker["js"];
  js.publish = (...call) => way(() => broker.js.publish(...call));
  return { ...broker, js };
}

async function publishedChunks(entry: RequestJob): Promise<CompletionChunk[]> {
  const stream = workStream(entry.id, "route");
  const { first_seq, last_seq } = (await broker.jsm.streams.info(stream)).state;
  const chunks: CompletionChunk[] = [];
  for (let seq = first_seq; seq <= last_seq; seq += 1) {
    const message = await broker.jsm.streams.getMessage(stream, { seq });
    chunks.push(decode(CompletionChunk, message!.data));
  }
  return chunks;
}

const rowsOf = (chunks: CompletionChunk[]) => chunks.flatMap(({ rows }) => rows.map(({ row }) => row));
const allRows = () => Array.from({ length: ROWS }, (_, row) => row);
