import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobView, SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { GRANT_HEADER, grantFor, submitJob } from "../../shared/runtime/submit.ts";
import { GRANT_KEY } from "../support/coordinator.ts";
import { allAnswered, annotationsOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

let system: TestSystem;
/** Not under a data root. */
let outside: string;

beforeAll(async () => {
  system = await startSystem();
  await system.coordinator();
  system.dataset(5);
  outside = mkdtempSync(join(tmpdir(), "assay-outside-"));
  writeFileSync(join(outside, "secret.jsonl"), '{"instruction":"a"}\n');
  symlinkSync(outside, join(system.folder, "way-out"));
  mkdirSync(join(system.folder, "folder.jsonl"));
});

afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  rmSync(outside, { recursive: true, force: true });
});

/** Refused at once: the message's fields, and how the sentence begins or what it holds. */
const REFUSED: [string, Record<string, unknown>, RegExp][] = [
  [
    "a missing dataset",
    { dataset: "nope.jsonl" },
    /^There is no dataset "nope\.jsonl" \(looked for \/.*nope\.jsonl\)/,
  ],
  ["one that is named wrongly", { dataset: "dat.jsonl" }, /did you mean data\.jsonl\?$/],
  [
    "a folder in the place of a dataset",
    { dataset: "folder.jsonl" },
    /^The dataset folder\.jsonl is a folder/,
  ],
  ["no dataset", { dataset: undefined }, /^The field dataset is missing/],
  [
    "an unknown annotator",
    { annotator: "gpt-4o-mni" },
    /^Unknown annotator "gpt-4o-mni": did you mean gpt-4o-mini/,
  ],
  [
    "parameters out of range",
    { temperature: 9, n: 0 },
    /^temperature is 9: give a number from 0 to 2\. n is 0: /,
  ],
  ["parameters of another type", { limit: "many" }, /^limit is "many": give a whole number from 1 to/],
  ["a shard that does not exist", { shard: "3-2" }, /^shard is "3-2": give INDEX\/COUNT such as 2\/8/],
  ["a dataset that is no text", { dataset: 5 }, /^dataset is 5: give a text\.$/],
  [
    "unknown fields",
    { temprature: 1, brightness_of_ink: 2 },
    /^There is no field temprature: did you mean temperature or .*\? There is no field brightness_of_ink: the fields are dataset, annotator, /,
  ],
  [
    "a path above the data root",
    { dataset: "../d.jsonl" },
    /^dataset \.\.\/d\.jsonl lies outside of the data roots/,
  ],
  [
    "an absolute path elsewhere",
    { save_dir: "/etc/assay" },
    /^save_dir \/etc\/assay lies outside of the data roots/,
  ],
  [
    "a dataset behind a symlink",
    { dataset: "way-out/secret.jsonl" },
    /^dataset way-out\/secret\.jsonl lies outside/,
  ],
  ["a temp_dir behind a symlink", { temp_dir: "way-out/temp" }, /^temp_dir way-out\/temp lies outside/],
  [
    "a budget without a price",
    { max_cost: 1, annotator: "openai/some-model" },
    /^max_cost is given, but the price of/,
  ],
];

test.each(REFUSED)("%s is refused with one sentence", async (_what, fields, sentence) => {
  const answer = await system.submit({ dataset: "data.jsonl", save_dir: "refused", ...fields });
  expect(answer).toMatchObject({ error: expect.stringMatching(sentence), exitCode: 2 });
  expect((answer as { error: string }).error).not.toMatch(/\n|\bat .*\.ts:/);
});

/** Found when the dataset is read: what the file holds, what the message adds, and the sentence. */
const FAILED: [string, string, string | Buffer, Record<string, unknown>, RegExp][] = [
  ["an empty file", "empty.jsonl", "", {}, /empty\.jsonl is empty: it holds no rows\.$/],
  ["an empty array", "no-rows.json", "[]", {}, /no-rows\.json holds no rows: give a file that has some\.$/],
  [
    "what is no text",
    "binary.jsonl",
    Buffer.from([0xff, 0xfe, 0, 1]),
    {},
    /binary\.jsonl is UTF-16 text: save it as UTF-8/,
  ],
  [
    "malformed JSON",
    "malformed.jsonl",
    '{"instruction":"a"}\n{"instruction":"b"\n',
    {},
    /malformed\.jsonl line 2 is not valid JSON .*--skip_bad_rows\.$/,
  ],
  [
    "a row without an instruction",
    "lacking.jsonl",
    '{"instruction":"a"}\n{"input":"b"}\n',
    {},
    /lacking\.jsonl line 2 has no instruction/,
  ],
  [
    "a column that is absent",
    "columns.csv",
    "q,a\n1,2\n",
    { columns: "instruction=question" },
    /columns\.csv has no column "question": .*q, a/,
  ],
];

test("a dataset that cannot be read fails its job with one sentence, before anything is paid", async () => {
  const jobs = await Promise.all(
    FAILED.map(([, name, content, fields]) => {
      writeFileSync(join(system.folder, name), content);
      return system.start({ dataset: name, save_dir: "failed", ...fields });
    }),
  );
  const views = await Promise.all(jobs.map((job) => system.over(job)));
  for (const [place, [what, , , , sentence]] of FAILED.entries()) {
    const { state, reason } = views[place] as JobView;
    expect([what, state, reason?.code]).toEqual([what, "failed", "bad_input"]);
    expect(reason?.message).toMatch(sentence);
  }
});

test("a failed job goes on when its dataset was mended and it is submitted again", async () => {
  writeFileSync(join(system.folder, "mended.jsonl"), '{"instruction":"question 0"}\n{"instruction":\n');
  const message = { dataset: "mended.jsonl", save_dir: "mended" };
  const job = await system.start(message);
  expect(await system.over(job)).toMatchObject({ state: "failed" });
  system.dataset(2, "mended");
  await using _worker = await system.worker();
  expect(await system.start(message)).toBe(job);
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", run: 2, done: 2 });
  expect(annotationsOf(view)).toEqual(allAnswered(2));
});

test("a dataset that changed since its job was started is refused, and was not touched in the running job", async () => {
  system.dataset(4, "changing");
  const message = { dataset: "changing.jsonl", save_dir: "changing" };
  const job = await system.start(message);
  await until("its rows are read", async () => (await system.show(job))?.rows === 4);
  appendFileSync(join(system.folder, "changing.jsonl"), '{"instruction":"one more"}\n');
  expect(await system.submit(message)).toMatchObject({
    error: expect.stringMatching(
      /^The dataset changing\.jsonl changed since this job was started: .*--overwrite/,
    ),
    exitCode: 2,
  });
  await using _worker = await system.worker();
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: 4 });
  expect(annotationsOf(view)).toEqual(allAnswered(4));
});

test("an output folder that cannot be written pauses the job, which goes on when that is mended", async () => {
  writeFileSync(join(system.folder, "taken"), "a file in the place of a folder");
  const job = await system.start({ dataset: "data.jsonl", save_dir: "taken" });
  const paused = await system.over(job);
  expect(paused).toMatchObject({ state: "paused", done: 0 });
  expect(paused.reason?.message).toMatch(
    /^The output folder \/.*taken\/.* cannot be written \(ENOTDIR\): .*--save_dir/,
  );
  rmSync(join(system.folder, "taken"));
  await using _worker = await system.worker();
  await system.change(job, "resume");
  expect(await system.over(job)).toMatchObject({ state: "completed", done: 5 });
});

test.each([
  ["preferences-judge", { method: "ratings", input: "data.jsonl", output: "held/judged.jsonl" }, "--output"],
  [
    "responses-generate",
    { source_file: "data.jsonl", target_dir: "held", models: "gpt-4o-mini" },
    "--target_dir",
  ],
])("of a %s it names the flag by which another place is chosen", async (kind, message, flag) => {
  writeFileSync(join(system.folder, "held"), "a file in the place of a folder");
  const answered = await submitJob(
    system.client,
    kind,
    { ...message, temp_dir: "temp" },
    { timeoutMs: 10_000 },
  );
  if (!("job" in answered)) throw new Error(answered.error);
  const paused = await system.over(answered.job);
  expect(paused.reason?.message).toMatch(new RegExp(`cannot be written .*choose another ${flag}\\.$`));
});

test("what is not a JSON object, or of no known kind, is refused with one sentence", async () => {
  const answerTo = async (subject: string, body: string | Uint8Array) =>
    (await system.client.nc.request(subject, body, { timeout: 10_000 })).json<SubmissionAnswer>();
  const kind = "jobs.dataset-reannotate";
  const sentences: [string, string | Uint8Array, RegExp][] = [
    [kind, "dataset=data.jsonl", /^The message is not JSON \(.*\): send one JSON object in UTF-8\.$/],
    [kind, new Uint8Array([0x7b, 0xff, 0x7d]), /^The message is not JSON/],
    [kind, "", /^The message is not JSON/],
    [kind, "[1]", /^The message must be a JSON object such as/],
    ["jobs.dataset-frobnicate", "{}", /^There is no kind of job "dataset-frobnicate"/],
  ];
  for (const [subject, body, sentence] of sentences) {
    expect(await answerTo(subject, body)).toMatchObject({
      error: expect.stringMatching(sentence),
      exitCode: 2,
    });
  }
});

test("a path outside of the data roots needs a grant that only this installation can give", async () => {
  const message = { dataset: join(outside, "secret.jsonl"), save_dir: "granted", temp_dir: "temp" };
  const forged = await submitJob(system.client, "dataset-reannotate", message, {
    grantKey: "another installation's",
    timeoutMs: 10_000,
  });
  expect(forged).toMatchObject({
    error: expect.stringMatching(/^The message's grant is not this installation's/),
  });
  expect(await system.submit(message)).toMatchObject({
    error: expect.stringContaining("outside of the data roots"),
  });
  expect(await system.submit(message, { granted: true })).toMatchObject({ job: expect.any(String) });
});

test("a grant is good for the message that it was given for, and for no other", async () => {
  const { nc } = system.client;
  const granted = headers();
  const body = (folder: string) => JSON.stringify({ dataset: "data.jsonl", save_dir: join(outside, folder) });
  granted.set(GRANT_HEADER, grantFor(new TextEncoder().encode(body("one")), GRANT_KEY));
  const reply = await nc.request("jobs.dataset-reannotate", body("two"), {
    timeout: 10_000,
    headers: granted,
  });
  expect(reply.json()).toMatchObject({ error: expect.stringMatching(/^The message's grant is not/) });
});
