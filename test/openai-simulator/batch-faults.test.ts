import OpenAI from "openai";
import { expect, test } from "vitest";
import {
  batchOnce,
  createBatch,
  inputOf,
  type ResultLine,
  requestLine,
  resultsOf,
  startWithClient,
} from "./batch-inputs.ts";

const NO_COUNTS = { completed: 0, failed: 0, total: 0 };

/** Every custom_id with the code of its error, or "answered". */
function fatesOf(answers: ResultLine[], errors: ResultLine[]): Map<string, string> {
  const lines = [...answers, ...errors];
  const fates = new Map(lines.map(({ custom_id, error }) => [custom_id, error?.code ?? "answered"]));
  expect(fates.size).toBe(lines.length);
  return fates;
}

async function endOf(openai: OpenAI, id: string) {
  const batch = await batchOnce(openai, id);
  const answers = await resultsOf(openai, batch.output_file_id);
  const errors = await resultsOf(openai, batch.error_file_id);
  return { batch, answers, errors, fates: fatesOf(answers, errors) };
}

test("an expired batch has its finished part in the output file, the rest in the error file", async () => {
  await using started = await startWithClient({ batchExpiring: 1, batchWindowSeconds: 600 });
  const { batch, answers, errors, fates } = await endOf(
    started.openai,
    (await started.submit(inputOf(60))).id,
  );
  expect(batch.status).toBe("expired");
  expect(batch.expired_at! - batch.created_at).toBeGreaterThanOrEqual(600);
  expect(batch.request_counts).toEqual({ total: 60, completed: answers.length, failed: 0 });
  expect([fates.size, answers.length > 0, errors.length > 0]).toEqual([60, true, true]);
  expect(errors[0]).toMatchObject({ response: null, error: { code: "batch_expired" } });
  expect(started.simulator.stats()).toMatchObject({
    paidCalls: answers.length,
    batches: { unfinishedLines: errors.length, ended: { expired: 1 } },
  });
});

test("a batch that takes longer than its window expires", async () => {
  await using started = await startWithClient({ batchDuration: "20m", batchWindowSeconds: 602 });
  const { batch, answers } = await endOf(started.openai, (await started.submit(inputOf(40))).id);
  expect([batch.status, answers.length]).toEqual(["expired", 20]);
});

test("a line that hangs keeps its batch from ending until it expires", async () => {
  await using started = await startWithClient({
    batchWindowSeconds: 600,
    poison: [{ marker: "row-4", fault: "hang" }],
  });
  const { batch, fates } = await endOf(started.openai, (await started.submit(inputOf(10))).id);
  expect(batch.status).toBe("expired");
  expect([...fates].filter(([, fate]) => fate !== "answered")).toEqual([["row-4", "batch_expired"]]);
});

test("a cancelled batch keeps what was done by then, and only that is paid", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001 });
  const { openai, simulator } = started;
  const { id } = await started.submit(inputOf(60));
  simulator.advance(2 + 20);
  await batchOnce(openai, id, ["in_progress"]);
  const cancelling = await openai.batches.cancel(id);
  expect(cancelling).toMatchObject({ status: "cancelling", cancelling_at: expect.any(Number) });
  expect((await openai.batches.cancel(id)).status).toBe("cancelling");
  simulator.advance(2);
  const { batch, answers, errors } = await endOf(openai, id);
  expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: 20, failed: 0 } });
  expect([answers.length, errors.length]).toEqual([20, 40]);
  expect(new Set(errors.map(({ error }) => error!.code))).toEqual(new Set(["batch_cancelled"]));
  expect(simulator.stats().paidCalls).toBe(20);
  const again = await openai.batches.cancel(id).catch((caught: unknown) => caught);
  expect(again).toBeInstanceOf(OpenAI.ConflictError);
});

test("a batch cancelled while it is validated has no files", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001 });
  const { id } = await started.submit(inputOf(3));
  await started.openai.batches.cancel(id);
  started.simulator.advance(10);
  const { batch, fates } = await endOf(started.openai, id);
  expect([batch.status, batch.request_counts!.total, fates.size]).toEqual(["cancelled", 0, 0]);
});

test("batches over a model's enqueued tokens fail, until one has ended", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001, batchEnqueuedTokens: 1500 });
  const { openai, simulator } = started;
  const first = await started.submit(inputOf(100));
  simulator.advance(2);
  await batchOnce(openai, first.id, ["in_progress"]);
  const second = await started.submit(inputOf(90));
  const other = await started.submit(
    requestLine("a", "x", { body: { model: "o3", messages: [{ role: "user", content: "x" }] } }),
  );
  simulator.advance(2);
  const refused = await batchOnce(openai, second.id);
  expect(refused).toMatchObject({
    status: "failed",
    errors: { data: [{ code: "token_limit_exceeded", line: null }] },
  });
  expect(refused.errors!.data![0]!.message).toContain("1,500");
  await batchOnce(openai, other.id, ["in_progress"]);
  simulator.advance(100);
  expect((await batchOnce(openai, first.id)).status).toBe("completed");
  const third = await createBatch(openai, second.input_file_id);
  simulator.advance(2);
  await batchOnce(openai, third.id, ["in_progress"]);
});

test("stragglers and expiring batches follow from the seed, in whatever order batches are made", async () => {
  const fates = async (seed: number, sizes: number[]) => {
    const slow = { batchDuration: "lognormal:53s,1.05", batchExpiring: 0.2, batchWindowSeconds: 3600 };
    await using started = await startWithClient({ seed, ...slow });
    const made = await Promise.all(sizes.map((size) => started.submit(inputOf(size))));
    const ended = await Promise.all(made.map(({ id }) => batchOnce(started.openai, id)));
    const entries = ended.map(({ status, request_counts: { completed, total } = NO_COUNTS, ...times }) => {
      // Whole seconds of two instants: their difference varies by one.
      const seconds = times.finalizing_at! - times.in_progress_at!;
      return [total, { status, completed, seconds }] as const;
    });
    return entries.sort(([one], [other]) => one - other).map(([, fate]) => fate);
  };
  const sizes = Array.from({ length: 12 }, (_, index) => index + 5);
  const first = await fates(3, sizes);
  const again = await fates(3, sizes.toReversed());
  expect(again.map(({ status, completed }) => [status, completed])).toEqual(
    first.map(({ status, completed }) => [status, completed]),
  );
  again.forEach(({ seconds }, index) => {
    if (first[index]!.status === "completed")
      expect(Math.abs(seconds - first[index]!.seconds)).toBeLessThan(2);
  });
  expect((await fates(4, sizes)).map(({ seconds }) => seconds)).not.toEqual(
    first.map(({ seconds }) => seconds),
  );
  expect(new Set(first.map(({ status }) => status))).toEqual(new Set(["completed", "expired"]));
});

test("an idle batch answers its lines at the end of its time", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001, batchIdle: 0.5 });
  const { id } = await started.submit(inputOf(10));
  started.simulator.advance(2 + 29);
  expect((await batchOnce(started.openai, id, ["in_progress"])).request_counts!.completed).toBe(0);
  started.simulator.advance(16);
  const completed = async () => (await started.openai.batches.retrieve(id)).request_counts!.completed;
  await expect.poll(completed).toBe(5);
});

test("a batch whose answer was lost is there, but lists show it only later", async () => {
  await using started = await startWithClient({
    batchSpeed: 0.001,
    batchListDelay: "100s",
    createFaults: { lost: 1 },
  });
  const { openai, simulator } = started;
  await expect(started.submit(inputOf(1))).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  expect((await openai.batches.list()).data).toEqual([]);
  simulator.advance(100);
  expect((await openai.batches.list()).data).toHaveLength(1);
  expect(simulator.stats()).toMatchObject({ callFaults: { "create lost": 1 }, batches: { created: 1 } });
});

test("a creation that fails makes no batch", async () => {
  await using started = await startWithClient({ createFaults: { "503": 1 } });
  await expect(started.submit(inputOf(1))).rejects.toMatchObject({ status: 503 });
  expect((await started.openai.batches.list()).data).toEqual([]);
});

test("reset forgets files and batches, open ones too", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001 });
  const { id } = await started.submit(inputOf(5));
  started.simulator.reset();
  started.simulator.advance(1000);
  await expect(started.openai.batches.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  expect((await started.openai.files.list()).data).toEqual([]);
  expect(started.simulator.stats()).toMatchObject({ paidCalls: 0, batches: { created: 0 } });
  started.simulator.configure({ batchSpeed: 100_000 });
  expect((await batchOnce(started.openai, (await started.submit(inputOf(5))).id)).status).toBe("completed");
});
