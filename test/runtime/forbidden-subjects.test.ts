import { connect, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BROKER_USER_NAMES, type BrokerUser } from "../../shared/installation/broker-users.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { ensureTopology, ensureUnboundedQueue } from "../../shared/runtime/streams.ts";
import { startNats, type TestNats } from "../support/nats.ts";

/*
 * What the holder of one password tries against the others: each line of the tables below is tried by every user but
 * those that it names. The coordinator is in none of them: streams and buckets are its own.
 */
let nats: TestNats;
let admin: Broker;
const JOB = "0123456789abcdef";
const WORK = `T_online_${JOB}_route`;
beforeAll(async () => {
  nats = await startNats();
  admin = await openBroker(nats.url("coordinator"), "admin", 5000);
  await ensureTopology(admin);
  await ensureUnboundedQueue(admin, WORK, `t.online.${JOB}.route`);
});
afterAll(async () => {
  await admin?.close();
  await nats?.[Symbol.asyncDispose]();
});

/** A subject, and who may. */
type Attempt = [subject: string, ...allowed: BrokerUser[]];

const STREAMS = ["JOBS", "KV_jobs", "KV_leases", "KV_progress", "KV_shards", "BLOBS", WORK];

const ON_ANY_STREAM = STREAMS.flatMap((stream): Attempt[] => [
  [`$JS.API.STREAM.UPDATE.${stream}`],
  [`$JS.API.STREAM.DELETE.${stream}`],
  [`$JS.API.STREAM.PURGE.${stream}`],
  [`$JS.API.STREAM.MSG.GET.${stream}`],
  [`$JS.API.STREAM.MSG.DELETE.${stream}`],
  [`$JS.API.STREAM.SNAPSHOT.${stream}`],
  [`$JS.API.STREAM.RESTORE.${stream}`],
  [`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`],
  [`$JS.API.CONSUMER.CREATE.${stream}`],
  [`$JS.API.CONSUMER.CREATE.${stream}.mine.>`],
  [`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.dispatcher`],
  [`$JS.API.CONSUMER.DELETE.${stream}.dispatcher`],
  [`$JS.API.CONSUMER.DELETE.${stream}.judge`],
  [`$JS.API.CONSUMER.PAUSE.${stream}.dispatcher`],
  [`$JS.API.CONSUMER.UNPIN.${stream}.dispatcher`],
  [`$JS.API.CONSUMER.LIST.${stream}`],
  [`$JS.API.CONSUMER.NAMES.${stream}`],
  [`$JS.API.CONSUMER.MSG.NEXT.${stream}.collector`],
]);

const PUBLISHED: Attempt[] = [
  ...ON_ANY_STREAM,
  ["$JS.API.STREAM.CREATE.MINE"],
  ["$JS.API.STREAM.LIST"],
  ["$JS.API.STREAM.INFO.JOBS"],
  ["$JS.API.META.LEADER.STEPDOWN"],
  ["$JS.API.ACCOUNT.PURGE.$G"],
  ["$JS.API.SERVER.REMOVE"],
  // The work and the news of others.
  [`$JS.API.CONSUMER.MSG.NEXT.${WORK}.dispatcher`, "dispatcher"],
  [`$JS.API.CONSUMER.MSG.NEXT.V_${JOB}_1.judge`, "judge"],
  [`$JS.ACK.${WORK}.dispatcher.1.1.1.1.0`, "dispatcher"],
  [`$JS.ACK.V_${JOB}_1.judge.1.1.1.1.0`, "judge"],
  ["$JS.ACK.JOBS.coordinator.1.1.1.1.0"],
  ["jobs.dataset-reannotate", "client"],
  ["api.jobs.change", "client"],
  [`t.online.${JOB}.route`],
  [`events.job.${JOB}`],
  [`blob.${JOB}.1.0.lines.0`],
  [`r.${JOB}.1`, "dispatcher", "judge", "batch-supervisor"],
  // Buckets, key by key.
  [`$KV.jobs.${JOB}`],
  [`$KV.progress.${JOB}`],
  [`$KV.plans.${JOB}`],
  [`$KV.shards.${JOB}.1.0`, "batch-supervisor"],
  [`$KV.leases.job.${JOB}`],
  ["$KV.leases.route.r", "dispatcher"],
  ["$KV.leases.batch.r", "batch-supervisor"],
  [`$JS.API.DIRECT.GET.KV_jobs.$KV.jobs.${JOB}`, "dispatcher", "judge", "batch-supervisor"],
  ["$JS.API.DIRECT.GET.KV_leases"],
  [`$JS.API.DIRECT.GET.KV_leases.$KV.leases.job.${JOB}`],
  [`$JS.API.DIRECT.GET.KV_shards.$KV.shards.${JOB}.1.0`, "batch-supervisor"],
  [`$JS.API.DIRECT.GET.BLOBS.blob.${JOB}.1.0.lines.0`, "batch-supervisor"],
  ["$JS.API.DIRECT.GET.JOBS.jobs.dataset-reannotate"],
  // The server's own account.
  ["$SYS.REQ.SERVER.PING"],
  ["$SYS.REQ.SERVER.PING.CONNZ"],
  ["$SYS.REQ.ACCOUNT.$G.CONNZ"],
  ["$SYS.REQ.USER.INFO"],
  // Answers to questions that others asked.
  ["_INBOX.x.1"],
  ["_INBOX_judge.x.1"],
  ["_INBOX_batch-supervisor.x.1"],
  ["_INBOX_dispatcher.x.1", "dispatcher"],
  ["_INBOX_coordinator.x.1", "dispatcher", "batch-supervisor"],
];

const LISTENED: Attempt[] = [
  [">"],
  ["*.>"],
  ["*"],
  ["$SYS.>"],
  ["$SYS.ACCOUNT.*.CONNECT"],
  ["$JS.>"],
  ["$JS.API.>"],
  ["$JS.EVENT.ADVISORY.>"],
  ["$KV.>"],
  ["r.>"],
  ["v.>"],
  ["t.>"],
  ["blob.>"],
  ["dead.>"],
  ["jobs.>"],
  ["jobs.*"],
  ["jobs-control.halt"],
  ["collector.done.*"],
  ["api.>"],
  ["api.jobs.show"],
  ["dispatchers.check", "dispatcher"],
  ["batch-supervisors.check", "batch-supervisor"],
  ["budget.>", "dispatcher"],
  ["_INBOX.>", "client"],
  ...BROKER_USER_NAMES.map((user): Attempt => [`_INBOX_${user}.>`, user]),
];

/** Which subjects the broker refused to a user who does this to each of them. */
async function refused(
  user: BrokerUser,
  subjects: readonly string[],
  act: (nc: NatsConnection, subject: string) => void,
): Promise<Set<string>> {
  const url = new URL(nats.url(user));
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password });
  const said = new Set<string>();
  const heard = (async () => {
    for await (const status of nc.status())
      if (status.type === "error" && status.error instanceof PermissionViolationError)
        said.add(status.error.subject);
  })();
  for (const subject of subjects) act(nc, subject);
  await nc.flush();
  await nc.close();
  await heard;
  return said;
}

const forbiddenTo = (user: BrokerUser, attempts: readonly Attempt[]) =>
  attempts.filter(([, ...allowed]) => !allowed.includes(user)).map(([subject]) => subject);
const allowedTo = (user: BrokerUser, attempts: readonly Attempt[]) =>
  attempts.filter(([, ...allowed]) => allowed.includes(user)).map(([subject]) => subject);

const publish = (nc: NatsConnection, subject: string) => nc.publish(subject, "{}");
const listen = (nc: NatsConnection, subject: string) => void nc.subscribe(subject, { callback: () => {} });

const confined = BROKER_USER_NAMES.filter((user) => user !== "coordinator");

test.each(confined)("%s publishes nothing that is not its own, and changes no stream by it", async (user) => {
  const before = await admin.jsm.streams.list().next();
  const forbidden = forbiddenTo(user, PUBLISHED);
  expect([...(await refused(user, forbidden, publish))].sort()).toEqual([...forbidden].sort());
  const after = await admin.jsm.streams.list().next();
  expect(after.map(({ config, state }) => ({ config, state }))).toEqual(
    before.map(({ config, state }) => ({ config, state })),
  );
});

test.each(confined)("%s listens to nothing that is not meant for it", async (user) => {
  const forbidden = forbiddenTo(user, LISTENED);
  expect([...(await refused(user, forbidden, listen))].sort()).toEqual([...forbidden].sort());
});

test.each(confined)("%s may do what the tables allow it", async (user) => {
  expect([...(await refused(user, allowedTo(user, PUBLISHED), publish))]).toEqual([]);
  expect([...(await refused(user, allowedTo(user, LISTENED), listen))]).toEqual([]);
});

test("nobody, the coordinator neither, is told about the server and its other connections", async () => {
  for (const subject of ["$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.$G.CONNZ", "$SYS.REQ.SERVER.PING.VARZ"])
    await expect(admin.nc.request(subject, "{}", { timeout: 1000 })).rejects.toThrow(/no responders/i);
});

test("what a service may read, the broker brings wherever the service says: permissions do not keep it from that", async () => {
  const jobs = await admin.kvm.open("jobs");
  await jobs.put("known", "an entry");
  const url = new URL(nats.url("judge"));
  const judge = await connect({ servers: url.host, user: url.username, pass: url.password });
  judge.publish("$JS.API.DIRECT.GET.KV_jobs.$KV.jobs.known", "", { reply: "$KV.jobs.copied" });
  await judge.flush();
  await expect.poll(async () => (await jobs.get("copied"))?.string(), { timeout: 5000 }).toBe("an entry");
  await judge.close();
});
