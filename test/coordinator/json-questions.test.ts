import { expect, test } from "vitest";
import { startSystem } from "../support/system.ts";

test("any NATS client may ask about jobs in JSON, and is answered in JSON, also where the question is wrong", async () => {
  await using system = await startSystem();
  await system.coordinator();
  await using _worker = await system.worker();
  const ask = async (subject: string, question: unknown) => {
    const reply = await system.client.nc.request(subject, JSON.stringify(question), { timeout: 10_000 });
    return reply.json();
  };
  const message = { dataset: system.dataset(3), save_dir: "out", temp_dir: "temp", annotator: "gpt-4o-mini" };
  const { job } = (await ask("jobs.dataset-reannotate", message)) as { job: string };
  await system.over(job);
  expect(await ask("api.jobs.list", {})).toMatchObject({ jobs: [{ job, state: "completed", done: 3 }] });
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
