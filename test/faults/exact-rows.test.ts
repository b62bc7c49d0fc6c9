import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { linesOf, startSystem } from "../support/system.ts";

const MEGABYTE = "Füße 𝄞 ".repeat(100_000);
/** Lines as they stand in the file: instruction, input, and the original annotation as its source text. */
const ROWS: [instruction: string, input: string | undefined, output: string][] = [
  ['"Plain."', undefined, '"text"'],
  ['"No input."', '""', '""'],
  ['"Null input."', "null", "null"],
  [
    '"Emoji 👩‍👩‍👧, right to left שלום, combining e\\u0301, zero \\u0000, lone \\ud83d."',
    '"日本語\\n\\ttab \\"quoted\\" \\\\"',
    '"\\ud83d and more"',
  ],
  ['"Nested."', undefined, '{"a":[1,null,{"b":"c"}],"n":1.10,"big":12345678901234567890}'],
  ['"List."', undefined, "[0.1,-0,1e400]"],
  [JSON.stringify(MEGABYTE), JSON.stringify("short"), JSON.stringify(MEGABYTE)],
  ['"Number."', undefined, "12345678901234567890"],
  ['"False."', undefined, "false"],
];

test("whatever stands in a row reaches the model and the output as it stood, rows of a megabyte too", async () => {
  await using system = await startSystem();
  await using simulator = await startSimulator({ apiKeys: [KEY], answers: "echo", tokenizer: "bytes" });
  await system.coordinator();
  await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
  const lines = ROWS.map(([instruction, input, output]) => {
    const members = [`"instruction":${instruction}`, ...(input === undefined ? [] : [`"input":${input}`])];
    return `{${members.join(",")},"output":${output}}`;
  });
  writeFileSync(join(system.folder, "odd.jsonl"), `${lines.join("\n")}\n`);
  const unlimited = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
  const job = await system.start({ dataset: "odd.jsonl", format: "jsonl", max_tokens: 16_000, ...unlimited });
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: ROWS.length });
  const written = readFileSync(view.output, "utf8").trimEnd().split("\n");
  const rows = linesOf(view.output) as { user_prompt: string; annotation: string }[];
  for (const [place, [instruction, input, output]] of ROWS.entries()) {
    const { user_prompt, annotation } = rows[place]!;
    expect(written[place]).toContain(`"annotation_original":${output},"annotation":`);
    expect(user_prompt).toContain(`### Instruction:\n${JSON.parse(instruction)}\n`);
    const given = typeof input === "string" ? JSON.parse(input) : null;
    if (given) expect(user_prompt).toContain(`### Input:\n${given}\n`);
    else expect(user_prompt).not.toContain("### Input:");
    const heard = annotation.slice("[simulated echo 0] ".length);
    expect(user_prompt.startsWith(heard.slice(0, 1000))).toBe(true);
  }
});
