import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { until } from "../support/until.ts";
import { kill, type Workplace, workplace } from "./assay.ts";

const DATASET = ["--dataset", "sums.jsonl", "--annotator", "gpt-4o-mini"];
const LONG_AGO = new Date(Date.now() - 3_600_000);

function placeOf(url: string): Workplace {
  const place = workplace({ OPENAI_API_KEY: "sk-key", OPENAI_BASE_URL: url });
  place.env.TMPDIR = place.at("tmp");
  mkdirSync(place.env.TMPDIR);
  writeFileSync(place.at("sums.jsonl"), `${JSON.stringify({ question: "What is 1 + 1?", answer: "2" })}\n`);
  return place;
}
const left = (place: Workplace) => readdirSync(place.at("tmp")).filter((name) => name.startsWith("assay-"));

test("Ctrl-C in a preview ends it with 130, says so in a sentence, and leaves no folder behind", async () => {
  await using simulator = await startSimulator({ apiKeys: ["sk-key"], latency: "120s" });
  await using place = placeOf(simulator.url);
  const preview = place.start("reannotate", ...DATASET, "--preview", "1");
  await until("the call is open", () => simulator.stats().inFlight === 1);
  expect(left(place)).toHaveLength(1);
  kill(preview.process.pid!, "SIGINT");
  const { code, stdout, stderr } = await preview.ended;
  expect({ code, stdout, stderr }).toEqual({
    code: 130,
    stdout: "",
    stderr: "Interrupted: nothing was stored.\n",
  });
  expect(left(place)).toEqual([]);
});

test("Ctrl-C while a job's dataset is read ends the command, and leaves no folder behind", async () => {
  await using place = placeOf("http://127.0.0.1:9");
  const lines = Array.from({ length: 400_000 }, (_, row) => `{"prompt": "Say number ${row}."}`);
  writeFileSync(place.at("many.jsonl"), lines.join("\n"));
  const job = place.start("reannotate", "--dataset", "many.jsonl", "--simulator");
  await job.says(/queued|reading the dataset/);
  kill(job.process.pid!, "SIGINT");
  const { code, stderr } = await job.ended;
  expect(stderr).toContain("\nInterrupted. To go on: assay reannotate --dataset many.jsonl --simulator\n");
  expect(code).toBe(130);
  expect(left(place)).toEqual([]);
});

test("what a killed command left is removed by the next one; the folder of one that lives is not", async () => {
  await using simulator = await startSimulator({ apiKeys: ["sk-key"], latency: "120s" });
  await using place = placeOf(simulator.url);
  const killed = place.start("reannotate", ...DATASET, "--preview", "1");
  await until("its call is open", () => simulator.stats().inFlight === 1);
  kill(killed.process.pid!);
  await killed.ended;
  const [dead] = left(place);
  const living = place.start("reannotate", ...DATASET, "--preview", "1");
  await until("the other's call is open", () => simulator.stats().requests === 2);
  const both = left(place);
  expect(both).toHaveLength(2);
  for (const name of both) utimesSync(join(place.at("tmp"), name, "lock"), LONG_AGO, LONG_AGO);
  expect((await place.run("estimate", ...DATASET)).code).toBe(0);
  expect(left(place)).toEqual(both.filter((name) => name !== dead));
  kill(living.process.pid!, "SIGTERM");
  expect((await living.ended).code).toBe(130);
});

test("where no temporary folder can be made, a sentence says so", async () => {
  await using place = placeOf("http://127.0.0.1:9");
  place.env.TMPDIR = place.at("nowhere");
  const { code, stderr } = await place.run("estimate", ...DATASET);
  expect(stderr).toBe(
    `Error: No temporary folder can be made in ${place.at("nowhere")} (ENOENT): make room, mend its permissions, or set TMPDIR to another folder.\n`,
  );
  expect(code).toBe(3);
});
