import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { ensureTopology, ensureUnboundedQueue } from "../../shared/runtime/streams.ts";
import { startNats, type TestNats } from "../support/nats.ts";

let nats: TestNats;
beforeAll(async () => {
  nats = await startNats();
  const admin = await openBroker(nats.url("coordinator"), "admin", 5000);
  await ensureTopology(admin);
  await ensureUnboundedQueue(admin, "T_online_0123456789abcdef_route", "t.online.0123456789abcdef.route");
  await admin.close();
});
afterAll(() => nats?.[Symbol.asyncDispose]());

const publishes = (subject: string) => (nc: NatsConnection) => nc.publish(subject, "{}");
const listens = (subject: string) => (nc: NatsConnection) =>
  void nc.subscribe(subject, { callback: () => {} });

/** What the broker says to a user that does this; undefined where it lets him. */
async function refusal(user: BrokerUser, act: (nc: NatsConnection) => void): Promise<string | undefined> {
  const url = new URL(nats.url(user));
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password });
  try {
    const said = (async () => {
      for await (const status of nc.status()) if (status.type === "error") return String(status.error);
      return undefined;
    })();
    act(nc);
    await nc.flush();
    await nc.close();
    return await said;
  } finally {
    await nc.close();
  }
}

const OPEN: [BrokerUser, string][] = [
  ["client", "jobs.dataset-reannotate"],
  ["client", "api.jobs.list"],
  ["dispatcher", "r.0123456789abcdef.1"],
  ["dispatcher", "$JS.API.CONSUMER.MSG.NEXT.T_online_0123456789abcdef_route.dispatcher"],
  ["judge", "$JS.API.CONSUMER.MSG.NEXT.V_0123456789abcdef_1.judge"],
  ["judge", "t.reask.0123456789abcdef.1"],
  ["batch-supervisor", "$KV.shards.0123456789abcdef.1.0"],
  ["batch-supervisor", "$KV.leases.batch.route"],
  ["batch-supervisor", "$JS.API.DIRECT.GET.KV_jobs.$KV.jobs.0123456789abcdef"],
  ["batch-supervisor", "$JS.API.DIRECT.GET.BLOBS.blob.0123456789abcdef.1.0.lines.0"],
  ["batch-supervisor", "r.0123456789abcdef.1"],
  ["batch-supervisor", "v.0123456789abcdef.1"],
  ["batch-supervisor", "t.again.0123456789abcdef.route"],
  ["batch-supervisor", "events.shard.0123456789abcdef.1.0"],
  ["batch-supervisor", "collector.done.0123456789abcdef"],
  ["batch-supervisor", "jobs-control.halt"],
];
test.each(OPEN)("%s may publish to %s", async (user, subject) => {
  expect(await refusal(user, publishes(subject))).toBeUndefined();
});

const CLOSED: [BrokerUser, string][] = [
  ["client", "$KV.jobs.0123456789abcdef"],
  ["client", "t.online.0123456789abcdef.route"],
  ["client", "r.0123456789abcdef.1"],
  ["client", "jobs-control.halt"],
  ["client", "$JS.API.STREAM.DELETE.JOBS"],
  ["client", "$JS.API.STREAM.MSG.GET.JOBS"],
  ["client", "$JS.API.DIRECT.GET.KV_jobs.0123456789abcdef"],
  ["dispatcher", "jobs.dataset-reannotate"],
  ["dispatcher", "$KV.jobs.0123456789abcdef"],
  ["dispatcher", "$KV.progress.0123456789abcdef"],
  ["dispatcher", "t.online.0123456789abcdef.route"],
  ["dispatcher", "$JS.API.STREAM.DELETE.T_online_0123456789abcdef_route"],
  ["dispatcher", "$JS.API.CONSUMER.MSG.NEXT.R_0123456789abcdef_1.collector"],
  ["judge", "jobs.dataset-reannotate"],
  ["judge", "$KV.leases.route"],
  ["judge", "$JS.API.CONSUMER.MSG.NEXT.T_online_0123456789abcdef_route.dispatcher"],
  ["batch-supervisor", "jobs.dataset-reannotate"],
  ["batch-supervisor", "api.jobs.change"],
  ["batch-supervisor", "$KV.jobs.0123456789abcdef"],
  ["batch-supervisor", "$KV.progress.0123456789abcdef"],
  ["batch-supervisor", "blob.0123456789abcdef.1.0.lines.0"],
  ["batch-supervisor", "t.online.0123456789abcdef.route"],
  ["batch-supervisor", "budget.route"],
  ["batch-supervisor", "$JS.API.STREAM.PURGE.BLOBS"],
  ["batch-supervisor", "$JS.API.STREAM.PURGE.KV_shards"],
  ["batch-supervisor", "$JS.API.STREAM.DELETE.KV_shards"],
  ["batch-supervisor", "$JS.API.CONSUMER.MSG.NEXT.R_0123456789abcdef_1.collector"],
  ["batch-supervisor", "$JS.API.CONSUMER.MSG.NEXT.T_online_0123456789abcdef_route.dispatcher"],
  ["dispatcher", "$KV.shards.0123456789abcdef.1.0"],
  ["dispatcher", "$JS.API.DIRECT.GET.BLOBS.blob.0123456789abcdef.1.0.lines.0"],
];
test.each(CLOSED)("%s may not publish to %s", async (user, subject) => {
  expect(await refusal(user, publishes(subject))).toMatch(/permissions violation/i);
});

test.each<[BrokerUser, string]>([
  ["batch-supervisor", "events.job.0123456789abcdef"],
  ["batch-supervisor", "batch-supervisors.check"],
  ["dispatcher", "api.services"],
  ["batch-supervisor", "api.services"],
  ["judge", "api.services"],
])("%s may listen to %s", async (user, subject) => {
  expect(await refusal(user, listens(subject))).toBeUndefined();
});

test.each<[BrokerUser, string]>([
  ["batch-supervisor", "r.>"],
  ["batch-supervisor", "$KV.>"],
  ["batch-supervisor", "_INBOX_coordinator.>"],
  ["batch-supervisor", "_INBOX_client.>"],
  ["dispatcher", "_INBOX_batch-supervisor.>"],
  ["client", "_INBOX_batch-supervisor.>"],
  ["judge", "v.>"],
  ["judge", "api.jobs.>"],
])("%s may not listen to %s", async (user, subject) => {
  expect(await refusal(user, listens(subject))).toMatch(/permissions violation/i);
});

test("a stranger is refused", async () => {
  await expect(connect({ servers: `127.0.0.1:${nats.port}` })).rejects.toThrow(/authorization/i);
});
