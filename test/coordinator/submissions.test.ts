import { once } from "node:events";
import { connect } from "node:net";
import { createInbox } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { DEAD_STREAM, JOBS_STREAM, MAX_PAYLOAD_BYTES } from "../../shared/topology.ts";
import type { TestCoordinator } from "../support/coordinator.ts";
import { startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const SUBJECT = "jobs.dataset-reannotate";

let system: TestSystem;
let coordinator: TestCoordinator;
let dataset: string;

beforeAll(async () => {
  system = await startSystem();
  coordinator = await system.coordinator();
  dataset = system.dataset(20);
});

afterAll(() => system?.[Symbol.asyncDispose]());

test("any NATS client's request is answered with the job in JSON, though it knows nothing of us", async () => {
  const { nc } = system.client;
  const reply = await nc.request(SUBJECT, JSON.stringify({ dataset, save_dir: "plain", temp_dir: "temp" }), {
    timeout: 10_000,
  });
  expect(reply.json()).toEqual({ job: expect.stringMatching(/^[0-9a-f]{16}$/), state: "queued", note: null });
});

test("the same wrong request is judged anew each time: what was mended in between counts", async () => {
  const body = JSON.stringify({ dataset: "mended.jsonl", save_dir: "mended" });
  const ask = async () => (await system.client.nc.request(SUBJECT, body, { timeout: 10_000 })).json();
  expect(await ask()).toMatchObject({ error: expect.stringContaining("There is no dataset"), exitCode: 2 });
  system.dataset(3, "mended");
  expect(await ask()).toMatchObject({ job: expect.any(String) });
});

test("many submissions of one job at once make one job, and each gets its id", async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => system.submit({ dataset, save_dir: "at-once" })),
  );
  expect(new Set(answers.map((answer) => ("job" in answer ? answer.job : answer.error))).size).toBe(1);
  const { jobs } = await system.stores();
  const entries = await Promise.all((await jobs.keys()).map((key) => jobs.get(key)));
  const folders = entries.map((entry) => entry!.value.spec.outputFolder);
  expect(folders.filter((folder) => folder.includes("at-once"))).toHaveLength(1);
});

test("other parameters for the same output folder are refused by name; other limits and priority are taken over", async () => {
  const message = { dataset, save_dir: "parameters", temperature: 0.5 };
  const job = await system.start(message);
  const refused = await system.submit({ ...message, temperature: 0.7, seed: 1 });
  expect(refused).toMatchObject({ exitCode: 2 });
  expect((refused as { error: string }).error).toMatch(
    /parameters\/data_gpt-4o-mini belongs to a job with other parameters \(.*temperature: 0\.5 -> 0\.7.*seed: 42 -> 1.*\).*--save_dir.*--overwrite/,
  );
  const taken = await system.submit({ ...message, priority: 9, max_requests_per_minute: 77 });
  expect(taken).toMatchObject({ job, note: "This job is under way already: following it." });
  const entry = (await (await system.stores()).jobs.get(job))!.value;
  expect(entry.spec.dispatch).toMatchObject({ priority: 9, limits: { requestsPerMinute: 77 } });
});

test("a plainly published message is carried out, or kept in the dead letters with its reason", async () => {
  const { nc } = system.client;
  nc.publish(SUBJECT, JSON.stringify({ dataset, save_dir: "published" }));
  await until("the job is there", async () => {
    const { jobs } = await system.stores();
    const entries = await Promise.all((await jobs.keys()).map((key) => jobs.get(key)));
    return entries.some((entry) => entry!.value.spec.outputFolder.includes("published"));
  });
  const wrong = JSON.stringify({ dataset, temperatur: 1 });
  nc.publish(SUBJECT, wrong);
  const letter = await until("the letter is there", () => lastDeadLetter(wrong));
  expect(letter.header.get("Assay-Reason")).toMatch(
    /^There is no field temperatur: did you mean temperature/,
  );
});

test("a message that fills the largest payload is refused and buried, and holds up nobody behind it", async () => {
  const { nc } = system.client;
  for (const bytes of [2 * 1024 * 1024, MAX_PAYLOAD_BYTES - 200]) {
    const body = JSON.stringify({ dataset, save_dir: "large", system: "x".repeat(bytes - 100) });
    const answer = (await nc.request(SUBJECT, body, { timeout: 20_000 })).json<SubmissionAnswer>();
    expect(answer).toMatchObject({ error: expect.stringMatching(/^The message has \d+ bytes, and a job/) });
  }
  const letter = await until("it is buried", () => lastDeadLetter(`{"dataset":${JSON.stringify(dataset)}`));
  expect(Number(letter.header.get("Assay-Cut-From"))).toBeGreaterThan(MAX_PAYLOAD_BYTES - 400);
  expect(await system.submit({ dataset, save_dir: "after-large" })).toMatchObject({
    job: expect.any(String),
  });
});

test("a message over the largest payload is refused to its sender alone", async () => {
  const { nc } = system.client;
  expect(() => nc.publish(SUBJECT, new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toThrow(/payload/i);
  expect(await rawPublish(MAX_PAYLOAD_BYTES + 1)).toMatch(/-ERR 'Maximum Payload Violation'/i);
  expect(nc.isClosed()).toBe(false);
  expect(await system.submit({ dataset, save_dir: "after-over" })).toMatchObject({ job: expect.any(String) });
  expect(coordinator.log()).not.toContain('"level":60');
});

test("what is published while no coordinator runs is carried out later, once, also when it is delivered again", async () => {
  await coordinator.kill();
  const { nc, inboxPrefix } = system.client;
  const message = { dataset, save_dir: "while-away" };
  nc.publish(SUBJECT, JSON.stringify(message), { reply: createInbox(inboxPrefix) });
  nc.publish(SUBJECT, JSON.stringify({ ...message, priority: 2, overwrite: true }));
  await nc.flush();
  coordinator = await system.coordinator();
  const { jobs } = await system.stores();
  const entry = await until("both messages were carried out", async () => {
    const entries = await Promise.all((await jobs.keys()).map((key) => jobs.get(key)));
    return entries.find((held) => held!.value.spec.params.save_dir === "while-away" && held!.value.run === 2);
  });
  const { id } = entry.value;
  await system.change(id, "cancel");
  const before = (await jobs.get(id))!.value;
  // With its consumer gone, every message there ever was is delivered again.
  await coordinator.kill();
  await system.admin.jsm.consumers.delete(JOBS_STREAM, "coordinator");
  coordinator = await system.coordinator();
  await until("all were delivered again", async () => {
    const info = await system.admin.jsm.consumers.info(JOBS_STREAM, "coordinator");
    return info.num_pending === 0 && info.num_ack_pending === 0;
  });
  expect((await jobs.get(id))!.value).toEqual(before);
});

/** The newest letter, if it begins with `start`. */
async function lastDeadLetter(start: string) {
  const subject = `dead.${SUBJECT}`;
  const letter = await system.admin.jsm.streams
    .getMessage(DEAD_STREAM, { last_by_subj: subject })
    .catch(() => undefined);
  return letter?.string().startsWith(start) ? letter : undefined;
}

/** What the server says to a client that minds no limit, until it hangs up. */
async function rawPublish(bytes: number): Promise<string> {
  const url = new URL(system.nats.url("client"));
  const socket = connect(Number(url.port), "127.0.0.1");
  let said = "";
  socket.on("data", (data) => {
    said += String(data);
  });
  const login = { user: url.username, pass: url.password, verbose: false, headers: true };
  socket.write(`CONNECT ${JSON.stringify(login)}\r\nPUB ${SUBJECT} ${bytes}\r\n`);
  await once(socket, "close");
  return said;
}
