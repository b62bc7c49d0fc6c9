import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { linesOf } from "../support/system.ts";
import {
  ALL_DONE,
  CALLS,
  changed,
  PROMPTS,
  STAGES,
  start,
  startPipelines,
  statesOf,
  TIME,
  timesOf,
  writePrompts,
} from "./pipelines.ts";

describe("stages chained by their outputs", () => {
  test("run one after another, and again only where something that they read has changed", TIME, async () => {
    await using pipelines = await startPipelines();
    const { system, simulator } = pipelines;
    await system.coordinator();
    const job = await start(system);
    const first = await system.over(job, 60_000);
    expect([first.state, statesOf(first)]).toEqual(["completed", ALL_DONE]);
    expect([first.rows, first.done, simulator.stats().paidCalls]).toEqual([CALLS, CALLS, CALLS]);
    expect(first.cost).toBeCloseTo(first.steps!.reduce((sum, { cost }) => sum + (cost ?? 0), 0));
    expect(first.steps!.find(({ name }) => name === "mix")!.result).toMatchObject({ prompts: PROMPTS });
    const pairs = linesOf(join(system.folder, "out/pairs.jsonl"));
    expect(pairs.length).toBeGreaterThan(0);
    for (const name of ["figures.json", "report.html", "judge.report.html", "split/pairs.val.jsonl"])
      expect(existsSync(join(system.folder, "out", name))).toBe(true);

    // Nothing has changed.
    let times = timesOf(first);
    expect(await start(system)).toBe(job);
    const same = await system.over(job);
    expect([same.state, changed(times, timesOf(same)), simulator.stats().paidCalls]).toEqual([
      "completed",
      [],
      CALLS,
    ]);

    // A parameter of a tool.
    const lowest = { ...STAGES, pairs: { ...STAGES.pairs, rejected: "lowest" } };
    await start(system, { stages: lowest });
    const other = await system.over(job);
    expect(changed(times, timesOf(other))).toEqual(["pairs", "split"]);
    expect(simulator.stats().paidCalls).toBe(CALLS);

    // A file between, mended by hand.
    const judged = readFileSync(join(system.folder, "out/judge.jsonl"), "utf8").split("\n");
    writeFileSync(join(system.folder, "out/judge.jsonl"), judged.slice(1).join("\n"));
    times = timesOf(other);
    await start(system, { stages: lowest });
    const mended = await system.over(job);
    expect(changed(times, timesOf(mended))).toEqual(["pairs", "split", "report"]);
    expect(simulator.stats().paidCalls).toBe(CALLS);

    // What the first stage reads.
    writePrompts(system, (row) => (row === 0 ? " and more" : ""));
    await start(system, { stages: lowest });
    const anew = await system.over(job, 60_000);
    expect([anew.state, statesOf(anew)]).toEqual(["completed", ALL_DONE]);
    expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS);
    expect(simulator.stats().paidCalls).toBe(2 * CALLS);
  });

  test(
    "rows that fail hold up none; a retry asks them alone, and makes anew what follows",
    TIME,
    async () => {
      await using pipelines = await startPipelines({ poison: [{ marker: "about 7", fault: "nonsense" }] });
      const { system, simulator } = pipelines;
      await system.coordinator();
      const job = await start(system);
      const view = await system.over(job, 60_000);
      expect(view.state).toBe("completed_with_errors");
      expect(statesOf(view)).toEqual({ ...ALL_DONE, judge: "completed_with_errors" });
      expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS - 1);

      simulator.configure({ poison: [] });
      const paid = simulator.stats().paidCalls;
      await system.change(job, "retry");
      const again = await system.over(job, 60_000);
      expect([again.state, statesOf(again)]).toEqual(["completed", ALL_DONE]);
      expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS);
      expect(simulator.stats().paidCalls).toBe(paid + 4);
    },
  );

  test(
    "one that cannot be done says why, and holds up those alone that read it; mended, it goes on",
    TIME,
    async () => {
      await using pipelines = await startPipelines();
      const { system, simulator } = pipelines;
      await system.coordinator();
      const wrong = { ...STAGES, pairs: { ...STAGES.pairs, uses: "preferences pairs" } };
      const job = await start(system, { stages: wrong });
      const view = await system.over(job, 60_000);
      expect(view.state).toBe("failed");
      expect(view.reason!.message).toMatch(/^pairs was refused: .*judge\.jsonl/);
      expect(statesOf(view)).toEqual({ ...ALL_DONE, pairs: "refused", split: "waiting" });
      await start(system);
      const mended = await system.over(job);
      expect([mended.state, statesOf(mended)]).toEqual(["completed", ALL_DONE]);
      expect(simulator.stats().paidCalls).toBe(CALLS);
    },
  );
});
