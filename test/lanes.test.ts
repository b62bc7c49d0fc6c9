import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MEMBERS } from "../cli/supervisor/members.ts";
import { DispatchSpec } from "../shared/contracts/job-entry.ts";
import { BROKER_USER_NAMES } from "../shared/installation/broker-users.ts";
import { packageRoot } from "../shared/installation/package-root.ts";
import { asksAgain, LANES, type Lane, laneNameOf, READERS, workerOf } from "../shared/lanes.ts";
import { againStream, reaskStream, replyStream, resultStream, workStream } from "../shared/topology.ts";
import { someSpec } from "./coordinator/job-entries.ts";

const lanes: Lane[] = Object.values(LANES);
const readers = Object.values(READERS).flatMap(({ service }) => service ?? []);
const pulls = [...lanes.flatMap(({ chunks, worker }) => (chunks === null ? [] : worker)), ...readers];
const { dispatch: byCalls } = someSpec({});
const byBatches: DispatchSpec = {
  ...byCalls,
  batch: {
    maxBatchSize: null,
    pollMs: 1000,
    hedge: "off",
    maxHedgeCost: 0,
    reaskLane: "online",
    reconcileWaitMs: 0,
    endpoint: "/v1/chat/completions",
    discount: 0.5,
    enqueuedTokens: null,
  },
};

test("each service that a lane or a reader names is started by the supervisor and is a user of the broker", () => {
  for (const service of new Set([...lanes.flatMap(({ worker, again }) => [worker, again]), ...readers])) {
    expect(MEMBERS.map(({ name }) => name)).toContain(service);
    expect(BROKER_USER_NAMES).toContain(service);
  }
});

test("each service that takes messages out of jobs' streams may do so by its own durable", () => {
  const permissions = readFileSync(join(packageRoot, "deploy/nats.conf"), "utf8");
  for (const service of new Set([...pulls, ...lanes.map(({ again }) => again)]))
    for (const subject of [
      `$JS.API.CONSUMER.INFO.*.${service}`,
      `$JS.API.CONSUMER.MSG.NEXT.*.${service}`,
      `$JS.ACK.*.${service}.>`,
    ])
      expect(permissions).toContain(`"${subject}"`);
});

test("a lane has streams and subjects of its own, by which its service is found", () => {
  const subjects = lanes.flatMap(({ chunks }) => chunks?.contract.subject("0123456789abcdef", "r") ?? []);
  expect(new Set(subjects).size).toBe(subjects.length);
  for (const [name, { chunks, worker }] of Object.entries(LANES) as [string, Lane][]) {
    if (chunks === null) continue;
    const stream = chunks.stream("0123456789abcdef", "r");
    expect(stream).toBe(workStream("0123456789abcdef", "r", name));
    expect(chunks.contract.subject("0123456789abcdef", "r")).toBe(`t.${name}.0123456789abcdef.r`);
    expect(workerOf(stream, byCalls)).toBe(worker);
  }
});

test("a job's lane follows from how its completions are made, and each reader of replies is known", () => {
  expect([byCalls, byBatches].map(laneNameOf)).toEqual(["online", "batch"]);
  expect([byCalls, byBatches].map(asksAgain)).toEqual([false, true]);
  for (const returnTo of DispatchSpec.shape.returnTo.def.innerType.options) {
    const stands = READERS[returnTo].service !== null;
    expect(asksAgain({ ...byCalls, returnTo })).toBe(stands);
    expect(workerOf(replyStream("0123456789abcdef", 1), { ...byCalls, returnTo })).toBe(
      READERS[returnTo].service ?? undefined,
    );
  }
});

test("whose messages are taken out by whom is told from a stream's name; of logs and results nobody of them does", () => {
  const judged: DispatchSpec = { ...byCalls, returnTo: "judge" };
  const job = "0123456789abcdef";
  const workers = [
    workStream(job, "r_1"),
    againStream(job, "r_1"),
    replyStream(job, 2),
    reaskStream(job, 2),
    resultStream(job, 2),
    "T_nolane_0123456789abcdef_r",
    "T_online_short_r",
  ].map((stream) => workerOf(stream, judged));
  expect(workers).toEqual(["dispatcher", "dispatcher", "judge", ...Array(4).fill(undefined)]);
});
