import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportJob } from "../../shared/contracts/jobs-api.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { until } from "../support/until.ts";
import { MODELS, outputsIn, start, startGenerating, stateOf, TIME, writePrompts } from "./generating.ts";

describe("a plan in the hands of a person", () => {
  test("pause rests all models, resume goes on with all, also under another coordinator", TIME, async () => {
    await using generating = await startGenerating({ latency: "300ms" });
    const { system, simulator } = generating;
    const first = await generating.startCoordinator();
    writePrompts(system, { a: 60 });
    const job = await start(system, { concurrency: 2 });
    await until("some rows are done", async () => ((await system.show(job))?.done ?? 0) > 10);
    const paused = await system.change(job, "pause");
    expect([paused.state, ...paused.steps!.map(({ state }) => state)]).toEqual(Array(4).fill("paused"));
    const part = await ask(system.client, exportJob, [], { job, format: null }, 20_000);
    expect(part).toMatchObject({ output: join(system.folder, "out"), rows: expect.any(Number) });
    expect(existsSync(join(system.folder, "out/gpt-4o-mini/a.partial.jsonl"))).toBe(true);
    simulator.configure({ latency: "30ms" });
    await first.kill();
    await generating.startCoordinator();
    const resumed = await until("it is resumed", () => system.change(job, "resume").catch(() => undefined));
    expect(resumed.state).toBe("running");
    expect(stateOf(await system.over(job))).toEqual(["completed", 180, 180, 0]);
    expect(readdirSync(join(system.folder, "out/gpt-4o-mini"))).not.toContain("a.partial.jsonl");
    expect(simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test(
    "cancel ends all models; the same message goes on with them; overwrite makes all anew",
    TIME,
    async () => {
      await using generating = await startGenerating({ latency: "300ms" });
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 40 });
      const job = await start(system, { concurrency: 2 });
      await until("some rows are done", async () => ((await system.show(job))?.done ?? 0) > 10);
      const cancelled = await system.change(job, "cancel");
      expect([cancelled.state, ...cancelled.steps!.map(({ state }) => state)]).toEqual(
        Array(4).fill("cancelled"),
      );
      simulator.configure({ latency: "30ms" });
      expect(await start(system, { concurrency: 16 })).toBe(job);
      expect(stateOf(await system.over(job))).toEqual(["completed", 120, 120, 0]);
      expect(simulator.stats().repeatedPaidCalls).toBe(0);

      const [before, paid] = [outputsIn(system), simulator.stats().paidCalls];
      await start(system, { overwrite: true, system: "Be brief.", concurrency: 16 });
      const view = await system.over(job);
      expect(view.steps!.map(({ done, state }) => [done, state])).toEqual(Array(3).fill([40, "completed"]));
      expect(outputsIn(system)).not.toEqual(before);
      expect(simulator.stats().paidCalls).toBe(paid + 120);
    },
  );

  test(
    "other parameters than the models' jobs have are refused for those alone, and nothing is asked",
    TIME,
    async () => {
      await using generating = await startGenerating();
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 5 });
      await system.over(await start(system, { models: MODELS[0] }));
      const view = await system.over(await start(system, { models: MODELS.slice(0, 2), seed: 7 }));
      expect(view.state).toBe("completed_with_errors");
      expect(view.reason!.message).toMatch(/^gpt-4o-mini was refused: .*out\/gpt-4o-mini .*seed: 42 -> 7/);
      expect(simulator.stats().paidCalls).toBe(10);
    },
  );
});

test(
  "coordinators that are killed while the models answer: another goes on, and the files are the same as without",
  TIME,
  async () => {
    await using generating = await startGenerating({ latency: "20ms" });
    const { system, simulator } = generating;
    writePrompts(system, { a: 50, b: 30 });
    const undisturbed = await generating.startCoordinator({ replica: "coordinator-a" });
    await system.over(await start(system, { target_dir: "calm", concurrency: 32 }));
    const paid = simulator.stats().paidCalls;
    const job = await start(system, { concurrency: 4 });
    const names = ["coordinator-b", "coordinator-c"];
    let last = undisturbed;
    for (const [at, replica] of names.entries()) {
      await until("more is done", async () => ((await system.show(job))?.done ?? 0) > 40 * (at + 1));
      const next = await generating.startCoordinator({ replica });
      await last.kill();
      last = next;
    }
    const view = await system.over(job, 60_000);
    expect(stateOf(view)).toEqual(["completed", 240, 240, 0]);
    expect(outputsIn(system)).toEqual(outputsIn(system, "calm"));
    expect(simulator.stats().paidCalls).toBe(2 * paid);
  },
);
