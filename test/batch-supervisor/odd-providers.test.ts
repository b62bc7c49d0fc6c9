import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { filesToDelete } from "../../services/batch-supervisor/steps/delete-files.ts";
import {
  ageOf,
  isOver,
  type Oddities,
  type PlayedBatches,
  playBatches,
  refusal,
} from "../support/played-batches.ts";
import { playHttp } from "../support/played-http.ts";
import { startService } from "../support/service.ts";
import { annotationsOf, questionOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";
import { KEY } from "./batch-system.ts";
import { someSend, someShard } from "./some-shard.ts";

const PATIENT = { timeout: 120_000 };

interface Lane extends AsyncDisposable {
  system: TestSystem;
  played: PlayedBatches;
  start(rows: number, message?: Record<string, unknown>): Promise<string>;
}

/** A broker, a coordinator and a supervisor before a provider with an oddity. */
async function laneOf(odd: Oddities, environment: Record<string, string> = {}): Promise<Lane> {
  const stack = new AsyncDisposableStack();
  const played = stack.use(await playBatches(odd));
  const system = stack.use(await startSystem());
  await system.coordinator();
  const at = { OPENAI_BASE_URL: played.url, OPENAI_API_KEY: KEY, ASSAY_BATCH_LEASE_MS: "1500" };
  stack.use(await startService("batch-supervisor", system.nats, { ...at, ...environment }));
  return {
    ...{ system, played },
    start: (rows, message = {}) =>
      system.start({
        ...{ dataset: system.dataset(rows), batch: true, max_batch_size: 20, poll: 0.2, hedge: "off" },
        ...message,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Every row has its answer, and none was asked more often than that. */
async function expectAskedOnce({ system, played }: Lane, job: string, rows: number): Promise<void> {
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: rows, failed: 0 });
  expect(annotationsOf(view).map(([question]) => question)).toEqual(
    Array.from({ length: rows }, (_, row) => questionOf(row)),
  );
  expect([...played.asked.values()]).toEqual(Array(rows).fill(1));
}

test(
  "a completed batch that names its files late is looked at anew, and nothing is sent again",
  PATIENT,
  async () => {
    await using lane = await laneOf({
      shown: (batch, ageMs) => ({
        ...batch,
        ...(ageMs < 4_000 && { output_file_id: null, error_file_id: null }),
      }),
    });
    await expectAskedOnce(lane, await lane.start(6), 6);
    expect(lane.played.batches).toHaveLength(1);
  },
);

test("a batch that is completed and counts nothing yet is waited for, too", PATIENT, async () => {
  await using lane = await laneOf({
    shown: (batch, ageMs) =>
      ageMs < 2_500
        ? { ...batch, output_file_id: "", request_counts: { total: 0, completed: 0, failed: 0 } }
        : { ...batch, request_counts: null, status: (batch as { status: string }).status.toUpperCase() },
  });
  await expectAskedOnce(lane, await lane.start(6), 6);
});

test("content that is not there yet, or still empty, is asked for again", PATIENT, async () => {
  await using lane = await laneOf({
    content: (_, ageMs) =>
      ageMs < 1_500 ? refusal(404, null, "No such File object") : ageMs < 3_000 ? { body: "" } : undefined,
  });
  await expectAskedOnce(lane, await lane.start(6), 6);
});

test(
  "content that never comes pauses the job with that reason; it is read when it is there",
  PATIENT,
  async () => {
    let isThere = false;
    await using lane = await laneOf(
      { content: () => (isThere ? undefined : refusal(404, null, "No such File object")) },
      { ASSAY_BATCH_RESULTS_WAIT_MS: "1500" },
    );
    const job = await lane.start(6);
    const paused = await lane.system.over(job);
    expect(paused).toMatchObject({ state: "paused", reason: { code: "results_missing" } });
    expect(paused.reason!.message).toMatch(
      /^Batch batch_1 is completed, but there is no file file-out-batch_1 .* paid/,
    );
    await lane.system.change(job, "resume");
    isThere = true;
    await expectAskedOnce(lane, job, 6);
  },
);

test("content that is packed, or lies elsewhere, is read; the key does not go there", PATIENT, async () => {
  await using elsewhere = await playHttp(({ path }) => ({
    body: gzipSync(played?.files.get(path.slice(1))?.text ?? ""),
  }));
  let played: PlayedBatches | undefined;
  await using lane = await laneOf({
    content: ({ id }) => ({ status: 302, headers: { location: `${elsewhere.origin}/${id}` }, body: "" }),
  });
  played = lane.played;
  await expectAskedOnce(lane, await lane.start(6), 6);
  expect(elsewhere.calls.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test.each([
  ["404", refusal(404, null, "No such File object: file-in-1")],
  ["400", refusal(400, "invalidPayload", "The file is not ready: its status is 'pending'.")],
])(
  "a file that is not seen yet (%s) is named again after growing waits, and uploaded once",
  PATIENT,
  async (_, refused) => {
    await using lane = await laneOf({ create: (_, ageMs) => (ageMs < 4_000 ? refused : undefined) });
    await expectAskedOnce(lane, await lane.start(6), 6);
    const creations = lane.played.calls.filter(
      ({ method, path }) => method === "POST" && path === "/v1/batches",
    );
    expect(lane.played.uploads).toBe(1);
    expect(creations.length).toBeLessThan(8);
  },
);

test("no room for another batch is waited for, and no row fails or is sent twice", PATIENT, async () => {
  await using lane = await laneOf({
    create: (_, __, { batches }) =>
      batches.some((batch) => !isOver(batch))
        ? refusal(
            400,
            "too_many_batches",
            "Active batch limit exceeded for this resource: 1. Wait for batches.",
          )
        : undefined,
  });
  await expectAskedOnce(lane, await lane.start(12, { max_batch_size: 4 }), 12);
  expect(lane.played.batches).toHaveLength(3);
});

test("no room for another file is waited for", PATIENT, async () => {
  await using lane = await laneOf({
    upload: ({ uploads }) =>
      uploads < 3 ? refusal(400, null, "You have exceeded your file storage quota of 100 GB.") : undefined,
  });
  await expectAskedOnce(lane, await lane.start(6), 6);
});

test(
  "a batch that nobody paid for pauses the job as quota; resumed, it goes on, and no attempt is lost",
  PATIENT,
  async () => {
    let isPaid = false;
    const errors = [
      { code: "billing_hard_limit_reached", message: "Billing hard limit has been reached", line: null },
    ];
    await using lane = await laneOf({ fails: () => (isPaid ? undefined : errors) });
    const job = await lane.start(6, { max_attempts: 1 });
    const paused = await lane.system.over(job);
    expect(paused).toMatchObject({ state: "paused", reason: { code: "quota" } });
    expect(paused.reason!.message).toContain("Billing hard limit has been reached");
    expect(lane.played.batches).toHaveLength(1);
    isPaid = true;
    await lane.system.change(job, "resume");
    await expectAskedOnce(lane, job, 6);
  },
);

test.each([
  [0, ""],
  [498, { error: { message: "Capacity exceeded", code: null } }],
  [424, { error: { message: "A dependency failed", code: null } }],
])("a line with status %i is sent again, and those beside it are not", PATIENT, async (status_code, body) => {
  await using lane = await laneOf({
    response: ({ custom_id }, { id }) =>
      custom_id === "2" && id === "batch_1" ? { status_code, body } : undefined,
  });
  const view = await lane.system.over(await lane.start(6));
  expect(view).toMatchObject({ state: "completed", done: 6, failed: 0 });
  expect([...lane.played.asked.values()]).toEqual([1, 1, 2, 1, 1, 1]);
});

test("a line that says that the account has nothing left pauses the job", PATIENT, async () => {
  await using lane = await laneOf({
    response: ({ custom_id }, { id }) =>
      custom_id === "2" && id === "batch_1"
        ? { status_code: 429, body: { error: { message: "Quota.", type: "insufficient_quota", code: null } } }
        : undefined,
  });
  const job = await lane.start(6);
  expect(await lane.system.over(job)).toMatchObject({ state: "paused", reason: { code: "quota" } });
  await lane.system.change(job, "resume");
  expect(await lane.system.over(job)).toMatchObject({ state: "completed", done: 6, failed: 0 });
});

test("a line that the provider will not have is its row's, whatever its key may", PATIENT, async () => {
  const body = { error: { message: "Your input was flagged", code: "content_policy_violation" } };
  await using lane = await laneOf({
    response: ({ custom_id }) => (custom_id === "2" ? { status_code: 403, body } : undefined),
  });
  const view = await lane.system.over(await lane.start(6));
  expect(view).toMatchObject({ state: "completed_with_errors", done: 5, failed: 1 });
});

test("what was collected is deleted at the provider, unless it is to stay", PATIENT, async () => {
  await using lane = await laneOf({});
  await expectAskedOnce(lane, await lane.start(6), 6);
  await until("its files are gone", () => lane.played.files.size === 0);
  expect(lane.played.deleted.sort()).toEqual(["file-in-1", "file-out-batch_1"]);
  await using keeping = await laneOf({}, { ASSAY_BATCH_KEEP_FILES: "1" });
  await expectAskedOnce(keeping, await keeping.start(6), 6);
  expect(ageOf(keeping.played.batches[0]!)).toBeGreaterThan(0);
  expect([keeping.played.deleted, keeping.played.files.size]).toEqual([[], 2]);
});

test("a file that another send may still need stays", () => {
  const batch = { ...someSend().batch!, inputFileId: "in", outputFileId: "out", errorFileId: null };
  const file = { id: "in", createdAt: null };
  const over = someSend({ number: 1, state: "collected", file, batch });
  const other = someSend({ number: 2, state: "uploaded", file, batch: null });
  expect(filesToDelete(someShard([over]), 1)).toEqual(["in", "out"]);
  expect(filesToDelete(someShard([over, other]), 1)).toEqual(["out"]);
  expect(filesToDelete(someShard([over, other]), 2)).toEqual([]);
  expect(filesToDelete(someShard([{ ...over, state: "polled" }]), 1)).toEqual([]);
});
