import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { processesIn, until, type Workplace, workplace } from "./assay.ts";

const MODEL = "gpt-4o-mini-2024-07-18";
const TIME = { timeout: 120_000 };
const UNLIMITED = ["--max_requests_per_minute", "unlimited", "--max_tokens_per_minute", "unlimited"];
const instructions = Array.from({ length: 60 }, (_, row) => `Describe the number ${row}.`);
const answers = instructions.map((instruction) =>
  answerFor({ model: MODEL, messages: [{ role: "user", content: alpacaPrompt(instruction) }] }),
);

/** A place with a dataset, whose OpenAI is this simulator. */
function placeAt(simulator: Simulator): Workplace {
  const place = workplace({ OPENAI_API_KEY: "sk-right-key", OPENAI_BASE_URL: simulator.url });
  writeFileSync(
    place.at("data.jsonl"),
    instructions.map((one) => `${JSON.stringify({ instruction: one })}\n`).join(""),
  );
  return place;
}

const job = ["reannotate", "--dataset", "data.jsonl", ...UNLIMITED];
const annotationsIn = (place: Workplace): string[] =>
  JSON.parse(readFileSync(place.at(`datasets/reannotated/data_${MODEL}/reannotated.json`), "utf8")).map(
    (row: { annotation: string }) => row.annotation,
  );

describe("without a running system", () => {
  test(
    "one is brought up for the job and taken down after it; doing it again says that it is done",
    TIME,
    async () => {
      await using simulator = await startSimulator();
      await using place = placeAt(simulator);
      const { code, stdout, stderr } = await place.run(...job, "--json");
      expect(stderr).toContain("Starting a broker and the services for this job");
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ state: "completed", rows: 60, done: 60, failed: 0, cost: expect.any(Number) },
        output: place.at(`datasets/reannotated/data_${MODEL}/reannotated.json`),
      });
      expect(code).toBe(0);
      expect(annotationsIn(place)).toEqual(answers);
      expect(processesIn(place.folder)).toEqual([]);

      const again = await place.run(...job);
      expect(again.stderr).toContain("complete already");
      expect(again.code).toBe(0);
      const other = await place.run(...job, "--temperature", "0.5");
      expect(other.stderr).toMatch(/Error: .*temperature: 1 -> 0\.5.*--overwrite/);
      expect(other.code).toBe(2);
      expect(simulator.stats().paidCalls).toBe(60);
    },
  );

  test(
    "Ctrl-C stops it cleanly and prints the command that goes on; no call is paid twice",
    TIME,
    async () => {
      await using simulator = await startSimulator({ latency: "150ms" });
      await using place = placeAt(simulator);
      const first = place.start(...job, "--concurrency", "4");
      await until(() => simulator.stats().paidCalls >= 8);
      simulator.configure({ latency: "2s" });
      first.process.kill("SIGINT");
      const { code, stderr } = await first.ended;
      simulator.configure({ latency: "50ms" });
      expect(stderr).toMatch(
        /^Interrupted.*To go on: assay reannotate --dataset data\.jsonl .*--concurrency 4$/m,
      );
      expect(code).toBe(130);
      expect(processesIn(place.folder)).toEqual([]);
      const paidBefore = simulator.stats().paidCalls;
      expect(paidBefore).toBeLessThan(60);

      expect((await place.run(...job, "--concurrency", "8")).code).toBe(0);
      expect(annotationsIn(place)).toEqual(answers);
      expect(simulator.stats().repeatedPaidCalls).toBe(0);
    },
  );

  test("a second job that used it goes on when the first, whose system it was, is killed", TIME, async () => {
    await using simulator = await startSimulator({ latency: "150ms" });
    await using place = placeAt(simulator);
    const first = place.start(...job, "--concurrency", "2", "--save_dir", "first");
    await until(() => simulator.stats().paidCalls >= 2);
    simulator.configure({ latency: "2s" });
    const second = place.start(...job, "--concurrency", "2");
    await second.says(/^Job [0-9a-f]{16}/m);
    first.process.kill("SIGKILL");
    simulator.configure({ latency: "50ms" });
    const { code, stderr } = await second.ended;
    expect(stderr).toContain("Starting a broker and the services for this job");
    expect(code).toBe(0);
    expect(annotationsIn(place)).toEqual(answers);
    expect(processesIn(place.folder)).toEqual([]);
  });

  test(
    "rows that fail for good are exit code 1, are listed, and are asked again by --resume",
    TIME,
    async () => {
      await using simulator = await startSimulator({ poison: [{ marker: "number 7.", fault: "400" }] });
      await using place = placeAt(simulator);
      const { code, stdout } = await place.run(...job);
      expect(stdout).toMatch(
        /1 row failed: .*errors\.jsonl says why\. It is row 7: The provider answers 400.*\nTo ask again: assay reannotate .*--retry-failed/,
      );
      expect(code).toBe(1);
      expect(annotationsIn(place)).toEqual(answers.toSpliced(7, 1));
      const [failed] = readFileSync(
        place.at(`datasets/reannotated/data_${MODEL}/errors.jsonl`),
        "utf8",
      ).split("\n");
      expect(JSON.parse(failed!)).toMatchObject({ row: 7 });
      expect((await place.run(...job)).code).toBe(1);

      simulator.configure({ poison: [] });
      const again = await place.run(...job, "--resume");
      expect(again.code).toBe(0);
      expect(again.stderr).not.toContain("Estimate:");
      expect(annotationsIn(place)).toEqual(answers);
    },
  );

  test("config.yaml names the endpoint, and another one is no reason to refuse the rest", TIME, async () => {
    await using simulator = await startSimulator({ poison: [{ marker: "number 7.", fault: "400" }] });
    await using other = await startSimulator();
    await using place = placeAt(simulator);
    const config = () =>
      parse(readFileSync(place.at(`datasets/reannotated/data_${MODEL}/config.yaml`), "utf8"));
    expect((await place.run(...job)).code).toBe(1);
    expect(Object.keys(config())).toEqual(["uuid", "creation_date", "params", "endpoint"]);
    expect(config().endpoint).toBe(simulator.url);
    place.env.OPENAI_BASE_URL = other.url;
    expect((await place.run(...job, "--retry_failed")).code).toBe(0);
    expect(config().endpoint).toEqual([simulator.url, other.url]);
    expect([simulator.stats().paidCalls, other.stats().paidCalls]).toEqual([59, 1]);
    expect((await place.run(...job, "--overwrite")).code).toBe(0);
    expect(config().endpoint).toBe(other.url);
  });

  test(
    "a key that is refused ends it with the reason and how to go on, and burns no rows",
    TIME,
    async () => {
      await using simulator = await startSimulator({ apiKeys: ["sk-another-key"] });
      await using place = placeAt(simulator);
      const { code, stdout, stderr } = await place.run(...job);
      expect(stdout + stderr).toMatch(/Paused: .*(key|authenti).*/i);
      expect(stderr).toMatch(/To go on: assay reannotate --dataset data\.jsonl/);
      expect(stdout + stderr).not.toContain("sk-right-key");
      expect(code).toBe(3);

      simulator.configure({ apiKeys: ["sk-right-key"] });
      expect((await place.run(...job)).code).toBe(0);
      expect(annotationsIn(place)).toEqual(answers);
    },
  );

  test(
    "quota that ends pauses the job with exit code 3 and the reason; later it goes on, and no row is burnt",
    TIME,
    async () => {
      await using simulator = await startSimulator({ quotaCalls: 20 });
      await using place = placeAt(simulator);
      const { code, stdout, stderr } = await place.run(...job);
      expect(stderr).toMatch(/Paused: The provider answers 429: .*quota/);
      expect(stderr).toMatch(/rows are done\. To go on: assay reannotate --dataset data\.jsonl .*\n$/);
      expect([code, stdout]).toEqual([3, ""]);
      simulator.configure({ quotaCalls: null });
      const again = await place.run(...job, "--json");
      expect(JSON.parse(again.stdout)).toMatchObject({ state: "completed", done: 60, failed: 0 });
      expect(annotationsIn(place)).toEqual(answers);
      expect(simulator.stats().repeatedPaidCalls).toBe(0);
    },
  );

  test("a bad row ends it before any call, with the row's place", TIME, async () => {
    await using simulator = await startSimulator();
    await using place = placeAt(simulator);
    writeFileSync(place.at("data.jsonl"), '{"instruction": "a"}\n{"instruction": ""}\n');
    const { code, stderr, stdout } = await place.run(...job);
    expect(stdout + stderr).toMatch(/Error: .*data\.jsonl line 2/);
    expect(code).toBe(2);
    expect(simulator.stats().requests).toBe(0);
  });
});

describe("with a running system", () => {
  test("Ctrl-C ends the view only; jobs shows, watches, lists rows and exports", TIME, async () => {
    await using simulator = await startSimulator({ latency: "100ms" });
    await using place = placeAt(simulator);
    await place.run("up", "--detach");
    const view = place.start(...job, "--concurrency", "4");
    await until(() => simulator.stats().paidCalls >= 8);
    simulator.configure({ latency: "2s" });
    view.process.kill("SIGINT");
    const { code, stderr } = await view.ended;
    simulator.configure({ latency: "50ms" });
    expect(code).toBe(130);
    const [, id] = /To watch it: assay jobs watch ([0-9a-f]{16})$/m.exec(stderr)!;

    const part = JSON.parse((await place.run("jobs", "export", id!, "--format", "jsonl", "--json")).stdout);
    expect(part.rows).toBeLessThanOrEqual(60);
    const watched = await place.run("jobs", "watch", id!.slice(0, 8), "--json");
    expect(JSON.parse(watched.stdout)).toMatchObject({ job: id, state: "completed", done: 60 });
    expect(watched.code).toBe(0);
    expect(annotationsIn(place)).toEqual(answers);
    const listed = JSON.parse((await place.run("jobs", "--json")).stdout);
    expect(listed.map((one: { job: string }) => one.job)).toEqual([id]);
    const rows = (await place.run("jobs", "rows", id!, "--limit", "3")).stdout.trim().split("\n");
    expect(rows.map((line) => JSON.parse(line).row)).toEqual([0, 1, 2]);
    expect((await place.run("jobs", "show", "ffff")).code).toBe(2);
    await place.run("down");
  });

  test("--detach submits and returns; pause, resume and cancel are obeyed", TIME, async () => {
    await using simulator = await startSimulator({ latency: "2s" });
    await using place = placeAt(simulator);
    const submitted = await place.run(...job, "--concurrency", "2", "--detach");
    expect(submitted.code).toBe(0);
    const [, id] = /assay jobs watch ([0-9a-f]{16})/.exec(submitted.stdout)!;
    const state = async () => JSON.parse((await place.run("jobs", "show", id!, "--json")).stdout).state;
    expect((await place.run("jobs", "pause", id!)).stdout).toContain("paused");
    expect(await state()).toBe("paused");
    expect((await place.run("jobs", "resume", id!)).code).toBe(0);
    expect(await state()).toMatch(/running|queued/);
    expect((await place.run("jobs", "cancel", id!)).code).toBe(0);
    const watched = await place.run("jobs", "watch", id!);
    expect(watched.stderr).toContain("was cancelled");
    expect(watched.code).toBe(3);
    await place.run("down");
  });

  test("a command that follows a job says it when the system is stopped", TIME, async () => {
    await using simulator = await startSimulator({ latency: "200ms" });
    await using place = placeAt(simulator);
    await place.run("up", "--detach");
    const followed = place.start(...job, "--concurrency", "2");
    await until(() => simulator.stats().paidCalls >= 2);
    simulator.configure({ latency: "2s" });
    await place.run("down");
    const { code, stderr } = await followed.ended;
    expect(stderr).toMatch(/^Error: The system in .* was stopped.*assay up/m);
    expect(code).toBe(3);
    expect(processesIn(place.folder)).toEqual([]);
  });

  test(
    "a key or endpoint that only the caller has is said by name, before anything is submitted",
    TIME,
    async () => {
      await using simulator = await startSimulator();
      await using place = placeAt(simulator);
      const { OPENAI_API_KEY, OPENAI_BASE_URL, ...without } = place.env;
      place.env = { ...without, OPENAI_BASE_URL: OPENAI_BASE_URL! };
      await place.run("up", "--detach");
      place.env = { ...without, OPENAI_BASE_URL: OPENAI_BASE_URL!, OPENAI_API_KEY: OPENAI_API_KEY! };
      const keyless = await place.run(...job);
      expect(keyless.stderr).toContain("OPENAI_API_KEY is set here but not in the running system");
      expect(keyless.code).toBe(3);
      await place.run("down");

      await place.run("up", "--detach");
      place.env.OPENAI_BASE_URL = "http://127.0.0.1:9/v1";
      const elsewhere = await place.run(...job);
      expect(elsewhere.stderr).toContain("OPENAI_BASE_URL is http://127.0.0.1:9/v1 here but");
      expect(elsewhere.code).toBe(3);
      expect(JSON.parse((await place.run("jobs", "--json")).stdout)).toEqual([]);
      await place.run("down");
    },
  );
});
