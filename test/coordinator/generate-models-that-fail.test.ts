import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listRows } from "../../shared/contracts/jobs-api.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { linesOf } from "../support/system.ts";
import {
  MODELS,
  outputsIn,
  start,
  startGenerating,
  stateOf,
  stepStates,
  TIME,
  writePrompts,
} from "./generating.ts";

describe("a model that fails", () => {
  test(
    "holds up none of the others; the plan names it, and goes on when that is put right",
    TIME,
    async () => {
      await using generating = await startGenerating();
      const { system, second } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 8 });
      const models = ["gpt-4o-mini", "second/model", { annotator: "openai/o3-mini", temperature: 0.5 }];
      const job = await start(system, { models });
      const paused = await system.over(job);
      expect(paused.state).toBe("paused");
      expect(stepStates(paused)).toEqual([
        "gpt-4o-mini completed",
        "second/model paused",
        "openai/o3-mini refused",
      ]);
      expect(paused.reason!.code).toBe("authentication");
      expect(paused.reason!.message).toMatch(
        /^second\/model is paused: .* openai\/o3-mini was refused: openai\/o3-mini does not take temperature/,
      );
      expect(paused.done).toBe(8);

      second.configure({ apiKeys: ["sk-wrong"] });
      await system.change(job, "resume");
      const view = await system.over(job);
      expect(view.state).toBe("completed_with_errors");
      expect(view.reason!.message).toMatch(/^openai\/o3-mini was refused/);
      expect(Object.keys(outputsIn(system))).toEqual(["gpt-4o-mini/a.jsonl", "second___model/a.jsonl"]);
      expect(second.stats().paidCalls).toBe(8);

      const right = await start(system, { models: [...models.slice(0, 2), "openai/o3-mini"] });
      expect(right).toBe(job);
      expect(stateOf(await system.over(job))).toEqual(["completed", 24, 24, 0]);
    },
  );

  test(
    "and its rows: they are left out, stand in errors.jsonl by file, and a retry asks them alone",
    TIME,
    async () => {
      await using generating = await startGenerating({ poison: [{ marker: "about b 3", fault: "400" }] });
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 4, b: 5 });
      const job = await start(system, { models: MODELS.slice(0, 2) });
      const view = await system.over(job);
      expect(stateOf(view)).toEqual(["completed_with_errors", 18, 16, 2]);
      const folder = join(system.folder, "out/gpt-4o-mini");
      expect(linesOf(join(folder, "b.jsonl")).map(({ id }) => id)).toEqual(["b-0", "b-1", "b-2", "b-4"]);
      expect(linesOf(join(folder, "errors.jsonl"))).toMatchObject([{ file: "b.jsonl", file_row: 3, row: 7 }]);
      const question = { job, failed: true, limit: 10, from: 0 };
      expect(await ask(system.client, listRows, [], question, 5000)).toMatchObject({
        rows: [
          { step: "gpt-4o-mini", row: 7, state: "failed" },
          { step: "gpt-4o-2024-08-06", row: 7, state: "failed" },
        ],
      });
      simulator.configure({ poison: [] });
      const paid = simulator.stats().paidCalls;
      await system.change(job, "retry");
      expect(stateOf(await system.over(job))).toEqual(["completed", 18, 18, 0]);
      expect(linesOf(join(folder, "b.jsonl"))).toHaveLength(5);
      expect(simulator.stats().paidCalls).toBe(paid + 2);
    },
  );
});
