import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startFakeHub } from "../support/fake-hub.ts";
import type { FakeRepo } from "../support/fake-repo.ts";
import { linesOf } from "../support/system.ts";
import { MODELS, start, startGenerating, stateOf, submit, TIME } from "./generating.ts";

const repoOf = (files: Record<string, object[]>): FakeRepo => ({
  revisions: {
    main: Object.fromEntries(
      Object.entries(files).map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).join("\n")]),
    ),
  },
});
const QUESTIONS = [1, 2, 3].map((n) => ({ question: `How is ${n} written?`, answer: `As ${n}.`, n }));

/** A system that generates, whose coordinator knows a hub with these datasets. */
async function startWithHub(repos: Record<string, FakeRepo>) {
  const stack = new AsyncDisposableStack();
  const hub = stack.use(await startFakeHub(repos));
  const generating = stack.use(await startGenerating());
  await generating.startCoordinator({ environment: { HF_ENDPOINT: hub.endpoint } });
  return { ...generating, hub, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test(
  "a known dataset of the hub is answered by several models, each row as it was with its outputs",
  TIME,
  async () => {
    await using generating = await startWithHub({
      "glaiveai/glaive-code-assistant": repoOf({ "train.jsonl": QUESTIONS }),
    });
    const { system, simulator } = generating;
    const message = { source_file: "glaiveai/glaive-code-assistant", models: MODELS.slice(0, 2), n: 2 };
    const view = await system.over(await start(system, message));
    expect(stateOf(view)).toEqual(["completed", 6, 6, 0]);
    for (const model of MODELS.slice(0, 2)) {
      const folder = join(system.folder, "out", model);
      expect(readdirSync(folder)).toContain("glaiveai_glaive-code-assistant.jsonl");
      const rows = linesOf(join(folder, "glaiveai_glaive-code-assistant.jsonl"));
      expect(rows.map(({ outputs: _, asked: __, ...row }) => row)).toEqual(QUESTIONS);
      for (const { outputs } of rows) expect(outputs).toMatchObject([{ index: 0 }, { index: 1 }]);
    }
    expect(readFileSync(join(system.folder, "out/gpt-4o-mini/config.yaml"), "utf8")).toMatch(
      /source_file:\n\s+- glaiveai\/glaive-code-assistant\n/,
    );
    expect(simulator.stats().paidCalls).toBe(6);
    const again = await system.over(await start(system, message));
    expect([stateOf(again), simulator.stats().paidCalls]).toEqual([["completed", 6, 6, 0], 6]);
  },
);

test(
  "hf:owner/name with a split is read as a dataset is, and can be written as sparse feedback",
  TIME,
  async () => {
    const tasks = [{ instruction: "Add.", input: "1 2" }, { instruction: "Greet." }];
    await using generating = await startWithHub({
      "some/tasks": repoOf({ "train.jsonl": QUESTIONS, "test.jsonl": tasks }),
    });
    const { system } = generating;
    const message = {
      source_file: "hf:some/tasks",
      split: "test",
      models: MODELS[0],
      format: "sparse-feedback",
    };
    const view = await system.over(await start(system, message));
    expect(view.output).toBe(join(system.folder, "out/gpt-4o-mini/some_tasks.json"));
    expect(JSON.parse(readFileSync(view.output, "utf8"))).toEqual([
      { instruction: "Add.", input: "1 2", responses: expect.any(Array) },
      { instruction: "Greet.", input: "", responses: expect.any(Array) },
    ]);
  },
);

test("what cannot be is refused with one sentence", TIME, async () => {
  await using generating = await startWithHub({});
  const { system } = generating;
  const refused = async (message: Record<string, unknown>) => {
    const answer = await submit(system, { models: MODELS[0], ...message });
    return "error" in answer ? answer.error : answer;
  };
  expect(await refused({ source_file: ["hf:some/tasks", "prompts/a.jsonl"] })).toMatch(
    /^The hub dataset hf:some\/tasks stands beside other prompts in source_file: give it a job of its own/,
  );
  expect(await refused({ source_file: "hf:no name" })).toMatch(/names no hub dataset: write hf:OWNER\/NAME/);
  expect(await refused({ source_file: "prompts/a.jsonl", split: "test" })).toMatch(
    /^Only a hub dataset has split: name one as source_file, such as hf:/,
  );
  const lost = await system.over(await start(system, { source_file: "hf:some/tasks", models: MODELS[0] }));
  expect([lost.state, lost.reason!.message]).toEqual(["failed", expect.stringContaining("some/tasks")]);
});
