import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { request, result } from "../batch-files/folder.ts";
import {
  batch,
  content,
  json,
  type PlayedProvider,
  playedProvider,
  refusal,
  silence,
} from "../batch-files/played-provider.ts";
import { type Workplace, workplace } from "./assay.ts";

const KEY = "sk-secret-key";
let provider: PlayedProvider;
let place: Workplace;
beforeAll(async () => {
  place = workplace({ OPENAI_API_KEY: KEY });
  writeFileSync(
    place.at("batchinput.jsonl"),
    [request("a"), request("b")].map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  writeFileSync(place.at("twice.jsonl"), `${JSON.stringify(request("a"))}\n`.repeat(2));
});
afterAll(() => place[Symbol.asyncDispose]());
beforeEach(async () => {
  provider = await playedProvider();
  place.env.OPENAI_BASE_URL = provider.url;
});
afterEach(() => provider[Symbol.asyncDispose]());

const assay = async (...argv: string[]) => {
  const outcome = await place.run("batch", ...argv);
  expect(outcome.stdout + outcome.stderr).not.toContain(KEY);
  return outcome;
};
const read = (name: string) => readFileSync(place.at(name), "utf8");
const calls = (route: string) => provider.calls.filter(({ method, path }) => `${method} ${path}` === route);

const RESULTS = [result("a", { content: "1" }), result("b", { content: "2" })]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join("");
const ERRORS = `${JSON.stringify({ custom_id: "c", response: null, error: { code: "batch_expired", message: "late" } })}\n`;
const file = (id: string, bytes: number | undefined) =>
  json({ id, object: "file", bytes, filename: "f", purpose: "batch_output" });

describe("run", () => {
  beforeEach(() => provider.on("POST /files", json({ id: "file-in", object: "file" })));

  test("uploads the file, creates one batch of its endpoint, and remembers the id", async () => {
    provider.on("POST /batches", json(batch("batch_1", "validating")));
    const { code, stdout } = await assay("run");
    expect([code, stdout]).toEqual([0, "batch_1\n"]);
    expect(read("last_batch_id.tok")).toBe("batch_1\n");
    expect(calls("POST /files")[0]!.body.toString()).toContain(read("batchinput.jsonl"));
    expect(JSON.parse(calls("POST /batches")[0]!.body.toString())).toMatchObject({
      input_file_id: "file-in",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
  });

  test("a file with faults is never uploaded", async () => {
    const { code, stderr } = await assay("--run", "--file", "twice.jsonl");
    expect([code, provider.calls.length]).toEqual([2, 0]);
    expect(stderr).toContain('twice.jsonl line 2 has the custom_id "a" that line 1 has already');
  });

  test("a batch whose creation was not answered is found, not created again", async () => {
    provider.on("POST /batches", silence);
    provider.on("GET /batches", (call, response, http) => {
      const { metadata } = JSON.parse(calls("POST /batches")[0]!.body.toString());
      json({
        object: "list",
        data: [batch("batch_9", "validating"), batch("batch_2", "validating", { metadata })],
        has_more: false,
      })(call, response, http);
    });
    const { code, stdout } = await assay("run");
    expect([code, stdout]).toEqual([0, "batch_2\n"]);
    expect(calls("POST /batches")).toHaveLength(1);
  });

  test("where it is not found either, that is said", async () => {
    provider.on("POST /batches", refusal(500, "server_error", "Oops"));
    provider.on("GET /batches", json({ object: "list", data: [], has_more: false }));
    const { code, stderr } = await assay("run");
    expect(code).toBe(3);
    expect(stderr).toContain("It is not known whether the batch was created");
    expect(calls("POST /batches")).toHaveLength(1);
  });

  test("a limit is waited for as long as Retry-After says", async () => {
    const limited = refusal(429, "rate_limit_exceeded", "Slow down", { "retry-after": "1" });
    provider.on("POST /files", limited, json({ id: "file-in" }));
    provider.on("POST /batches", limited, json(batch("batch_3", "validating")));
    const startedMs = performance.now();
    expect((await assay("run")).stdout).toBe("batch_3\n");
    expect(performance.now() - startedMs).toBeGreaterThan(2000);
  });
});

describe("looking", () => {
  test("check and its old spelling take the last id", async () => {
    writeFileSync(place.at("last_batch_id.tok"), "batch_5\n");
    provider.on("GET /batches/batch_5", json(batch("batch_5", "in_progress")));
    for (const words of [
      ["check"],
      ["--check"],
      ["check", "--id", "batch_5"],
      ["--id", "batch_5", "--check"],
    ]) {
      const { code, stdout } = await assay(...words);
      expect([code, stdout]).toEqual([0, "Batch batch_5 is in_progress: 2 of 3 done, 1 failed\n"]);
    }
    const { stdout } = await assay("check", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ id: "batch_5", status: "in_progress" });
  });

  test("a failed batch says why", async () => {
    const errors = { object: "list", data: [{ code: "invalid_json_line", line: 3, message: "Not JSON" }] };
    provider.on("GET /batches/b", json(batch("b", "failed", { errors, request_counts: undefined })));
    expect((await assay("check", "--id", "b")).stdout).toBe("Batch b is failed\nline 3: Not JSON\n");
    const { code, stderr } = await assay("download", "r.jsonl", "--id", "b");
    expect([code, stderr]).toEqual([2, "Error: Batch b is failed and has no results: line 3: Not JSON.\n"]);
  });

  test("cancel", async () => {
    provider.on("POST /batches/b/cancel", json(batch("b", "cancelling")));
    expect((await assay("--cancel", "--id", "b")).stdout).toContain("Batch b is cancelling");
  });

  test("no command lists", async () => {
    provider.on(
      "GET /batches",
      json({ object: "list", data: [batch("b1", "completed"), batch("b2", "expired")], has_more: false }),
    );
    const { code, stdout } = await assay();
    expect(code).toBe(0);
    expect(stdout).toMatch(/b1 +completed +2 of 3 done, 1 failed +2026-/);
    expect((await assay("list", "--limit", "1")).stdout).not.toContain("b2");
    expect(JSON.parse((await assay("--json")).stdout)).toHaveLength(2);
  });
});

describe("download", () => {
  const finished = (status: string) =>
    provider.on("GET /batches/b", json(batch("b", status, { output_file_id: "out", error_file_id: "err" })));
  beforeEach(() => {
    for (const name of ["r.jsonl", "r.jsonl.errors.jsonl"]) rmSync(place.at(name), { force: true });
    provider.on("GET /files/out", file("out", RESULTS.length));
    provider.on("GET /files/err", file("err", ERRORS.length));
    provider.on("GET /files/out/content", content(RESULTS));
    provider.on("GET /files/err/content", content(ERRORS));
  });

  test.each(["completed", "expired", "cancelled"])(
    "of a batch that is %s both files come",
    async (status) => {
      finished(status);
      const { code, stdout } = await assay("--download", "r.jsonl", "--id", "b");
      expect(code).toBe(1);
      expect(stdout).toBe("r.jsonl: 2 results\nr.jsonl.errors.jsonl: 1 request without an answer\n");
      expect([read("r.jsonl"), read("r.jsonl.errors.jsonl")]).toEqual([RESULTS, ERRORS]);
    },
  );

  test("without errors the exit code is 0, and old errors are gone", async () => {
    writeFileSync(place.at("r.jsonl.errors.jsonl"), ERRORS);
    provider.on("GET /batches/b", json(batch("b", "completed", { output_file_id: "out" })));
    expect((await assay("download", "r.jsonl", "--id", "b")).code).toBe(0);
    expect(existsSync(place.at("r.jsonl.errors.jsonl"))).toBe(false);
  });

  test.each(["validating", "in_progress", "finalizing", "cancelling"])("%s is said", async (status) => {
    provider.on("GET /batches/b", json(batch("b", status)));
    const { code, stderr } = await assay("download", "r.jsonl", "--id", "b");
    expect(code).toBe(3);
    expect(stderr).toContain(`Batch b is ${status}: 2 of 3 done, 1 failed, so that there are no results yet`);
  });

  test("what broke on the way is fetched again", async () => {
    finished("completed");
    provider.on("GET /files/out/content", content(RESULTS, 100), content(RESULTS));
    expect((await assay("download", "r.jsonl", "--id", "b")).code).toBe(1);
    expect(read("r.jsonl")).toBe(RESULTS);
  });

  const firstLine = RESULTS.slice(0, RESULTS.indexOf("\n") + 1);
  test.each<[what: string, text: string, bytes: number | undefined, says: string]>([
    ["in a line", RESULTS.slice(0, -20), RESULTS.length, "line 2 is no result"],
    ["after a line", firstLine, RESULTS.length, `${firstLine.length} of ${RESULTS.length} bytes arrived`],
    ["after a line, its size unknown", firstLine, undefined, "1 of 2 lines arrived"],
  ])("a file that is cut %s is refused, and nothing is left", async (_what, text, bytes, says) => {
    finished("completed");
    provider.on("GET /files/out", file("out", bytes));
    provider.on("GET /files/out/content", content(text));
    const { code, stderr } = await assay("download", "r.jsonl", "--id", "b");
    expect(code).toBe(3);
    expect(stderr).toContain(`The file out came cut short 3 times (${says})`);
    expect(readdirSync(place.folder).filter((name) => name.includes("r.jsonl"))).toEqual([]);
  });
});

describe("what goes wrong is one sentence", () => {
  test.each<[status: number, message: string, code: number, says: string]>([
    [
      401,
      `Incorrect API key provided: ${KEY}`,
      3,
      "The key is refused: Incorrect API key provided: [redacted]. Check OPENAI_API_KEY",
    ],
    [
      403,
      "You have insufficient permissions",
      3,
      "The key may not do this: You have insufficient permissions.",
    ],
    [404, "No batch found", 2, "There is no batch b for this key at http://"],
    [400, "Cannot do that", 2, "The provider refuses this: Cannot do that."],
  ])("%i", async (status, message, code, says) => {
    provider.on("GET /batches/b", refusal(status, "code", message));
    const outcome = await assay("check", "--id", "b");
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("nobody there", async () => {
    await provider[Symbol.asyncDispose]();
    const { code, stderr } = await assay("check", "--id", "b");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Error: http\S+ cannot be reached \(ECONNREFUSED\): check the network/);
  });

  test("the key may lie in openai.tok; without one that is said", async () => {
    await using bare = workplace({ OPENAI_BASE_URL: provider.url });
    const none = await bare.run("batch", "check", "--id", "b");
    expect([none.code, none.stderr]).toEqual([
      3,
      "Error: There is no key: export OPENAI_API_KEY=<your key>, or put it into the file openai.tok here.\n",
    ]);
    writeFileSync(bare.at("openai.tok"), "sk-of-file\n");
    provider.on("GET /batches/b", json(batch("b", "completed")));
    expect((await bare.run("batch", "check", "--id", "b")).code).toBe(0);
    expect(provider.calls.at(-1)!.key).toBe("Bearer sk-of-file");
  });

  test.each<[argv: string[], says: string]>([
    [["check", "--id", "a/b"], '--id holds "a/b", which is no batch\'s id.'],
    [["--run", "--check"], "--run and --check exclude each other"],
    [["chekc"], "There is no command chekc: did you mean check"],
    [["list", "--limit", "0"], '--limit is "0": give a whole number from 1'],
  ])("%j", async (argv, says) => {
    const { code, stderr } = await assay(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
