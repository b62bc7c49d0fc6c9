import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineRequest } from "../../shared/contracts/contract.ts";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { isInbox } from "../../shared/runtime/inbox.ts";
import { takeSubmissions } from "../../shared/runtime/pulling/submissions.ts";
import { answer } from "../../shared/runtime/requests.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { startNats, type TestNats } from "../support/nats.ts";

/** A question of this test's own, where clients may ask. */
const question = defineRequest({
  subject: () => "api.number",
  question: z.strictObject({}),
  answer: z.strictObject({ number: z.int() }),
});

test("an inbox is known by its first token alone", () => {
  for (const reply of ["_INBOX.x.1", "_INBOX_client.x.1"]) expect(isInbox(reply)).toBe(true);
  for (const reply of ["$KV.jobs.x", "jobs.echo", "x._INBOX.1", "_INBOXES", "_INBOX"])
    expect(isInbox(reply)).toBe(false);
});

/** A plain connection: what a stranger with this user's password has. */
async function strangerAs(nats: TestNats, user: BrokerUser) {
  const url = new URL(nats.url(user));
  return await connect({
    servers: url.host,
    user: url.username,
    pass: url.password,
    inboxPrefix: `_INBOX_${user}`,
  });
}

test("who asks cannot have the answer written where he may not write himself", async () => {
  await using nats = await startNats();
  const coordinator = await openBroker(nats.url("coordinator"), "coordinator", 5000);
  await ensureTopology(coordinator);
  const jobs = await coordinator.kvm.open("jobs");
  await jobs.put("mine", "an entry");
  let handled = 0;
  const api = answer(coordinator, question, [], () => ({ number: ++handled }));
  const submissions = takeSubmissions(coordinator, async () => ({ error: "no such job", exitCode: 2 }));
  await coordinator.nc.flush();
  const client = await strangerAs(nats, "client");

  client.publish("api.number", "{}", { reply: "$KV.jobs.mine" });
  client.publish("jobs.echo", "{}", { reply: "$KV.jobs.mine" });
  // What comes behind them is answered: so they were looked at.
  expect((await client.request("jobs.echo", "{} ", { timeout: 5000 })).json()).toMatchObject({ exitCode: 2 });
  expect((await client.request("api.number", "{}", { timeout: 5000 })).json()).toEqual({ number: 1 });
  expect((await jobs.get("mine"))?.string()).toBe("an entry");

  await client.close();
  api.stop();
  await submissions.stop();
  await coordinator.close();
});

test("what is told without wanting an answer is heard", async () => {
  await using nats = await startNats();
  const coordinator = await openBroker(nats.url("coordinator"), "coordinator", 5000);
  const heard: number[] = [];
  const api = answer(coordinator, question, [], () => ({ number: heard.push(heard.length) }));
  await coordinator.nc.flush();
  const client = await strangerAs(nats, "client");
  client.publish("api.number", "{}");
  // A connection's messages come in their order: the one that told something was heard before this is answered.
  expect((await client.request("api.number", "{}", { timeout: 5000 })).json()).toEqual({ number: 2 });
  await client.close();
  api.stop();
  await coordinator.close();
});
