import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { annotationsOf, questionOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 500;
const CONCURRENCY = 8;
/** Of one dispatcher: calls, and as many answers that are on their way to the broker. */
const MOST_OPEN = 2 * CONCURRENCY;
const PATIENT = { timeout: 120_000 };

test(
  "a broker and coordinators that are killed again and again cost not one call that is paid twice",
  PATIENT,
  async () => {
    await using system = await startSystem();
    await using simulator = await startSimulator({ latency: "40ms", answers: "echo", tokenizer: "bytes" });
    await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
    const replicas = ["coordinator-a", "coordinator-b"];
    const coordinators = new Map(
      await Promise.all(
        replicas.map(async (replica) => [replica, await system.coordinator({ replica })] as const),
      ),
    );
    const job = await startJob(system);
    for (let kill = 1; kill <= 4; kill += 1) {
      await until("the job went on", () => simulator.stats().paidCalls >= (ROWS * kill) / 6);
      const owner = (await system.show(job))?.owner?.replace(/-\d+$/, "") ?? replicas[0]!;
      if (kill !== 2) await coordinators.get(owner)!.kill();
      if (kill !== 1) await system.nats.kill();
      if (kill !== 1) await system.nats.start();
      if (kill !== 2) coordinators.set(owner, await system.coordinator({ replica: owner }));
    }
    await expectAllRight(system, job);
    expect(simulator.stats()).toMatchObject({ distinctPaidCalls: ROWS, repeatedPaidCalls: 0 });
  },
);

test("dispatchers that are killed have at most those calls paid twice that were open", PATIENT, async () => {
  await using system = await startSystem();
  await using simulator = await startSimulator({ latency: "100ms", answers: "echo", tokenizer: "bytes" });
  await system.coordinator();
  const start = (replica: string) =>
    startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url, ASSAY_REPLICA: replica });
  await using stack = new AsyncDisposableStack();
  stack.use(await start("worker-0"));
  const job = await startJob(system);
  for (let kill = 1; kill <= 3; kill += 1) {
    const victim = stack.use(await start(`worker-${kill}`));
    await until("the job went on", () => simulator.stats().paidCalls >= (ROWS * kill) / 5);
    await victim.kill();
  }
  await expectAllRight(system, job);
  expect(simulator.stats().distinctPaidCalls).toBe(ROWS);
  expect(simulator.stats().repeatedPaidCalls).toBeLessThanOrEqual(3 * MOST_OPEN);
});

function startJob(system: TestSystem): Promise<string> {
  return system.start({
    dataset: system.dataset(ROWS),
    concurrency: CONCURRENCY,
    max_requests_per_minute: "unlimited",
    max_tokens_per_minute: "unlimited",
  });
}

async function expectAllRight(system: TestSystem, job: string): Promise<void> {
  const view = await system.over(job, 100_000);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, failed: 0 });
  const answers = annotationsOf(view);
  expect(answers.map(([question]) => question)).toEqual(
    Array.from({ length: ROWS }, (_, row) => questionOf(row)),
  );
  for (const [question, answer] of answers) expect(answer).toMatch(new RegExp(`\\b${question}\\b`));
}
