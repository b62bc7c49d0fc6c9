import { expect, test } from "vitest";
import { startSystem } from "../support/system.ts";

test("any NATS client may ask about jobs in JSON, and is answered in JSON, also where the question is wrong", async () => {
  await using system = await startSystem();
  await system.coordinator();
  await using _worker = await system.worker();
  const say = async (subject: string, text: string) =>
    (await system.client.nc.request(subject, text, { timeout: 10_000 })).json();
  const ask = (subject: string, question: unknown) => say(subject, JSON.stringify(question));
  const message = { dataset: system.dataset(3), save_dir: "out", temp_dir: "temp", annotator: "gpt-4o-mini" };
  const { job } = (await ask("jobs.dataset-reannotate", message)) as { job: string };
  await system.over(job);
  expect(await ask("api.jobs.list", {})).toMatchObject({ jobs: [{ job, state: "completed", done: 3 }] });
  for (const nothing of ["", "{}\n", " {}"]) {
    expect(await say("api.jobs.list", nothing)).toMatchObject({ jobs: [{ job }] });
  }
  for (const [text, error] of [
    ["list", /neither msgpack nor JSON/],
    ["{job: 1}", /neither msgpack nor JSON/],
    ['"f00"', /does not fit its contract/],
    ["7", /does not fit its contract/],
  ] as const) {
    expect(await say("api.jobs.show", text)).toMatchObject({ error: expect.stringMatching(error) });
  }
  expect(await ask("api.jobs.show", { job: job.slice(0, 6) })).toMatchObject({ job: { job, rows: 3 } });
  const rows = await ask("api.jobs.rows", { job, failed: false, limit: 1, from: 2 });
  expect(rows).toMatchObject({ rows: [{ row: 2, state: "done" }] });
  expect(await ask("api.jobs.show", { job: "f00" })).toMatchObject({
    error: expect.stringContaining('no job "f00"'),
    exitCode: 2,
  });
  expect(await ask("api.jobs.rows", { job, limit: "many" })).toMatchObject({
    error: expect.stringMatching(/^The message does not fit its contract: failed: .*limit: /),
    exitCode: 2,
  });
});
