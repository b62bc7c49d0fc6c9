import { expect, test } from "vitest";
import type { CoordinatorOptions } from "../support/coordinator.ts";
import { until } from "../support/until.ts";
import { ALL_DONE, CALLS, outputsIn, STAGES, start, startPipelines, statesOf, TIME } from "./pipelines.ts";

test(
  "pause rests the stage that is under way, cancel ends it, and either goes on where it was",
  TIME,
  async () => {
    await using pipelines = await startPipelines({ latency: "40ms" });
    const { system, simulator } = pipelines;
    await system.coordinator();
    const stages = { ...STAGES, judge: { ...STAGES.judge, concurrency: 4 } };
    const job = await start(system, { stages });
    const judged = async () => {
      const judge = (await system.show(job))?.steps?.find(({ name }) => name === "judge");
      return judge?.state === "running" ? judge.done : -1;
    };
    await until("it judges", async () => (await judged()) >= 0, { withinMs: 60_000 });
    simulator.configure({ latency: "400ms" });
    await until("some are judged", async () => (await judged()) > 10);
    expect(statesOf(await system.change(job, "pause"))).toMatchObject({ mix: "completed", judge: "paused" });
    await system.change(job, "resume");
    await until("it judges again", async () => statesOf((await system.show(job))!).judge === "running");
    const cancelled = await system.change(job, "cancel");
    expect([cancelled.state, statesOf(cancelled).judge]).toEqual(["cancelled", "cancelled"]);
    simulator.configure({ latency: "40ms" });
    expect(await start(system, { stages })).toBe(job);
    const view = await system.over(job, 60_000);
    expect([view.state, view.done]).toEqual(["completed", CALLS]);
    expect(simulator.stats().paidCalls).toBe(CALLS);
  },
);

test(
  "coordinators that are killed in each stage: the files are the same as without, and so are the calls",
  TIME,
  async () => {
    await using pipelines = await startPipelines({ latency: "20ms" });
    const { system, simulator } = pipelines;
    const replicas: Partial<CoordinatorOptions>[] = [..."abcdef"].map((letter) => ({
      replica: `coordinator-${letter}`,
    }));
    let last = await system.coordinator(replicas[0]);
    await system.over(await start(system, { output_dir: "calm" }), 90_000);
    const job = await start(system);
    for (const [at, stage] of ["responses", "mix", "judge", "pairs"].entries()) {
      await until(
        `the stage ${stage} is begun`,
        async () => {
          const view = await system.show(job);
          return view !== undefined && (statesOf(view)[stage] ?? "waiting") !== "waiting";
        },
        { withinMs: 60_000 },
      );
      const next = await system.coordinator(replicas[at + 1]);
      await last.kill();
      last = next;
    }
    const view = await system.over(job, 90_000);
    expect([view.state, statesOf(view), view.done]).toEqual(["completed", ALL_DONE, CALLS]);
    const [calm, killed] = [outputsIn(system, "calm"), outputsIn(system)];
    expect(Object.keys(killed)).toEqual(Object.keys(calm));
    expect(killed).toEqual(calm);
    expect(simulator.stats().paidCalls).toBe(2 * CALLS);
  },
);
