import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { type BatchApi, openBatchApi } from "../../shared/batch-api/batch-api.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { Shard } from "../../shared/contracts/shard.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { BUCKETS } from "../../shared/topology.ts";
import { startService, type TestService } from "../support/service.ts";
import { annotationsOf, questionOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

/** Batches that take some tenths of a second. */
const QUICK: PartialOptions = {
  batchSpeed: 60,
  batchDuration: "20s",
  batchCancelling: "6s",
  tokenizer: "bytes",
  answers: "echo",
};

/** A broker, a coordinator, the simulator with a quick batch clock, and supervisors as they are asked for. */
export interface BatchSystem extends AsyncDisposable {
  readonly system: TestSystem;
  readonly simulator: Simulator;
  /** As a person with the same key. */
  readonly provider: BatchApi;
  supervisor(environment?: Record<string, string>): Promise<TestService>;
  /** Starts a job of so many rows, in shards of 20 unless said otherwise. */
  start(rows: number, message?: Record<string, unknown>): Promise<string>;
  /** The entries of the job's shards, in order. */
  shards(job: string): Promise<Shard[]>;
  /** Waits until the job and its batches are over. */
  settled(job: string, withinMs?: number): Promise<JobView>;
}

const PATIENCE_MS = 90_000;

export async function startBatchSystem(
  options: PartialOptions = {},
  parts: { coordinator?: boolean; supervisor?: boolean } = {},
): Promise<BatchSystem> {
  const stack = new AsyncDisposableStack();
  try {
    const system = stack.use(await startSystem());
    const simulator = stack.use(await startSimulator({ ...QUICK, ...options }));
    const provider = openBatchApi({ baseUrl: simulator.url, key: KEY, keySource: "the test" });
    stack.use(provider);
    const at = { OPENAI_BASE_URL: simulator.url, OPENAI_API_KEY: KEY, ASSAY_BATCH_LEASE_MS: "1500" };
    const supervisor = async (environment: Record<string, string> = {}) =>
      stack.use(await startService("batch-supervisor", system.nats, { ...at, ...environment }));
    if (parts.coordinator !== false) await system.coordinator();
    if (parts.supervisor !== false) await supervisor();
    return {
      ...{ system, simulator, provider, supervisor },
      start: (rows, message = {}) =>
        system.start({
          dataset: system.dataset(rows),
          batch: true,
          max_batch_size: 20,
          poll: 0.2,
          ...message,
        }),
      shards: async (job) => {
        const store = await openStore(system.admin, BUCKETS.shards, Shard);
        const held = await Promise.all((await store.keys(`${job}.>`)).map((key) => store.get(key)));
        return held.flatMap((one) => (one ? [one.value] : [])).sort((a, b) => a.shard - b.shard);
      },
      settled: async (job, withinMs = PATIENCE_MS) => {
        await system.over(job, withinMs);
        return await until("its batches are over", async () => {
          const view = await system.show(job);
          return view?.batches?.settling === false && view;
        });
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

export const KEY = "sk-test-0123456789abcdef";

/** Every row has its own answer, once, in order. */
export function expectAllAnswered(view: JobView, rows: number): void {
  expect(view).toMatchObject({ state: "completed", rows, done: rows, failed: 0 });
  const answers = annotationsOf(view);
  expect(answers.map(([question]) => question)).toEqual(
    Array.from({ length: rows }, (_, row) => questionOf(row)),
  );
  for (const [question, answer] of answers) expect(answer).toMatch(new RegExp(`\\b${question}\\b`));
}

/** Rows whose prompt holds a word that the simulator can be told to treat badly. */
export function datasetWith(system: TestSystem, rows: number, marked: Record<number, string>): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify({ instruction: `${questionOf(row)} ${marked[row] ?? ""}`.trim() }),
  );
  writeFileSync(join(system.folder, "marked.jsonl"), `${lines.join("\n")}\n`);
  return "marked.jsonl";
}
