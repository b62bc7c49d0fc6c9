import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextStep } from "../../services/batch-supervisor/choosing/next-step.ts";
import { splitSend } from "../../services/batch-supervisor/choosing/split-send.ts";
import { standingOf } from "../../services/batch-supervisor/choosing/standing.ts";
import { lineOutcome } from "../../services/batch-supervisor/collecting/line-outcome.ts";
import { RowPlaces } from "../../services/batch-supervisor/collecting/row-places.ts";
import { shardsToHedge } from "../../services/batch-supervisor/hedging/hedge-policy.ts";
import { pollPlan } from "../../services/batch-supervisor/polling/poll-plan.ts";
import {
  accepted,
  limitOf,
  refused,
  tokenLimit,
} from "../../services/batch-supervisor/routes/token-limit.ts";
import { sendsThatFit } from "../../services/batch-supervisor/routes/token-queue.ts";
import { LineSet } from "../../shared/batch-lane/line-set.ts";
import type { JobState, RequestJob } from "../../shared/contracts/job-entry.ts";
import { openaiChat } from "../../shared/providers/openai-chat.ts";
import { someSend, someShard } from "./some-shard.ts";

describe("what is wanted of a shard", () => {
  const job = (state: JobState, more: Partial<RequestJob> = {}) =>
    ({ run: 2, firstRun: 1, state, ...more }) as RequestJob;
  test.each<
    [shardRun: number, entry: RequestJob | undefined, submit: boolean, cancel: boolean, results: string]
  >([
    [2, job("running"), true, false, "all"],
    [2, job("paused"), false, false, "all"],
    [2, job("completed"), false, true, "none"],
    [2, job("exporting"), false, true, "none"],
    [2, job("cancelled", { settling: true }), false, true, "all"],
    [2, job("cancelled"), false, true, "none"],
    [1, job("running"), false, true, "answers"],
    [1, job("queued"), false, true, "later"],
    [1, job("running", { firstRun: 2 }), false, true, "none"],
    [3, job("running"), false, false, "later"],
    [2, undefined, false, true, "none"],
  ])("of run %i of %j", (run, entry, submit, cancel, results) => {
    expect(standingOf({ run }, entry)).toEqual({ submit, cancel, results });
  });
});

describe("the next step of a send", () => {
  const RUNNING = { submit: true, cancel: false, results: "all" } as const;
  const PAUSED = { submit: false, cancel: false, results: "all" } as const;
  const STOPPED = { submit: false, cancel: true, results: "all" } as const;
  const batch = (status: string) => ({ ...someSend().batch!, status });
  test.each([
    [{ state: "built" }, "upload", undefined, "drop"],
    [{ state: "uploaded" }, "create", undefined, "drop"],
    [{ state: "intended" }, undefined, undefined, undefined],
    [{ state: "created", batch: batch("validating") }, undefined, undefined, "cancel"],
    [{ state: "polled", batch: batch("in_progress") }, undefined, undefined, "cancel"],
    [{ state: "polled", batch: batch("finalizing") }, undefined, undefined, undefined],
    [{ state: "polled", batch: batch("cancelling") }, undefined, undefined, undefined],
    [{ state: "polled", batch: batch("expired") }, "collect", "collect", "collect"],
    [{ state: "polled", batch: batch("failed") }, "collect", "collect", "collect"],
    [{ state: "collected" }, undefined, undefined, undefined],
    [{ kind: "online", state: "built" }, "publish", undefined, "finish"],
    [{ kind: "duplicate", state: "polled", batch: batch("in_progress") }, "cancel", "cancel", "cancel"],
  ] as const)("of %j: running, paused, stopped", (change, running, paused, stopped) => {
    const send = someSend(change);
    const steps = [RUNNING, PAUSED, STOPPED].map((standing) => nextStep(someShard([send]), send, standing));
    expect(steps).toEqual([running, paused, stopped]);
  });

  test("a batch that brings nothing new any more is ended", () => {
    const send = someSend({ state: "polled", batch: batch("in_progress") });
    expect(nextStep({ ...someShard([send]), openRows: 0, open: "AA==" }, send, RUNNING)).toBe("cancel");
  });
});

test("whatever waits, batches stay within the tokens; who has least is next; nothing slips past what does not fit", () => {
  const Waiting = fc.record({ job: fc.constantFrom("a", "b", "c"), tokens: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(
      fc.array(Waiting),
      fc.array(Waiting, { maxLength: 5 }),
      fc.nat(200),
      (waiting, held, limit) => {
        const sends = waiting.map((send) => ({ ...send, priority: 1 }));
        const fitting = sendsThatFit(sends, held, limit);
        const sum = (some: readonly { tokens: number }[]) =>
          some.reduce((total, { tokens }) => total + tokens, 0);
        if (fitting.length > 0) expect(sum(held) + sum(fitting)).toBeLessThanOrEqual(limit);
        for (const job of ["a", "b", "c"]) {
          const mine = (some: typeof sends) => some.filter((send) => send.job === job);
          expect(mine(fitting)).toEqual(mine(sends).slice(0, mine(fitting).length));
        }
        const left = sends.filter((send) => !fitting.includes(send));
        if (left.length > 0) {
          const next = left.filter((send) => sum(held) + sum(fitting) + send.tokens > limit);
          expect(next.length).toBeGreaterThan(0);
        }
        expect(sendsThatFit(sends, held, null)).toHaveLength(sends.length);
      },
    ),
  );
  const [first] = sendsThatFit(
    [
      { job: "old", tokens: 5, priority: 1 },
      { job: "new", tokens: 5, priority: 1 },
    ],
    [{ job: "old", tokens: 10 }],
    100,
  );
  expect(first!.job).toBe("new");
});

test("a limit is believed where it is named, lowered where it does not explain a refusal, and raised again", () => {
  const limit = tokenLimit(null);
  expect(limitOf(limit)).toBeNull();
  const message = "Enqueued token limit reached. Limit: 90,000 enqueued tokens. Try again.";
  refused(limit, { message, tokens: 50_000, others: 60_000, nowMs: 0 });
  expect([limitOf(limit), limit.restUntilMs]).toEqual([90_000, 0]);
  refused(limit, { message, tokens: 10_000, others: 60_000, nowMs: 0 });
  expect(limitOf(limit)).toBe(Math.floor(70_000 * 0.85));
  for (let batch = 0; batch < 100; batch += 1) accepted(limit);
  expect(limitOf(limit)).toBe(90_000);
  for (let time = 0; time < 4; time += 1) refused(limit, { message: "No.", tokens: 10, others: 0, nowMs: 0 });
  expect(limit.restUntilMs).toBeGreaterThan(0);
});

describe("hedging", () => {
  const straggler = { shard: 1, rows: 100, waitedMs: 1_000, progress: 0.2, hedges: 0 };
  const facts = { doneShare: 0.9, durations: [200, 300, 400], stragglers: [straggler], budgetRows: 100 };
  test.each([
    ["a slow one is sent again", {}, [1]],
    ["not while many are under way", { doneShare: 0.6 }, []],
    ["not without a sibling to compare with", { durations: [] }, []],
    ["not one that waits no longer than others did", { stragglers: [{ ...straggler, waitedMs: 250 }] }, []],
    ["not one that is far along", { stragglers: [{ ...straggler, progress: 0.9 }] }, []],
    ["not for ever", { stragglers: [{ ...straggler, hedges: 2 }] }, []],
    ["not beyond the budget", { budgetRows: 99 }, []],
  ])("%s", (_what, change, chosen) => {
    expect(shardsToHedge({ ...facts, ...change })).toEqual(chosen);
  });

  test("never more rows than the budget, those first of which least is done", () => {
    const Straggler = fc.record({
      shard: fc.nat(1_000),
      rows: fc.integer({ min: 1, max: 100 }),
      waitedMs: fc.nat(5_000),
      progress: fc.double({ min: 0, max: 1, noNaN: true }),
      hedges: fc.nat(3),
    });
    const stragglersArbitrary = fc.uniqueArray(Straggler, { selector: ({ shard }) => shard });
    fc.assert(
      fc.property(stragglersArbitrary, fc.nat(500), (stragglers, budgetRows) => {
        const chosen = shardsToHedge({ ...facts, stragglers, budgetRows });
        const rows = chosen.map((shard) => stragglers.find((one) => one.shard === shard)!);
        expect(rows.reduce((sum, one) => sum + one.rows, 0)).toBeLessThanOrEqual(budgetRows);
        expect(rows.map(({ progress }) => progress)).toEqual(
          rows.map(({ progress }) => progress).sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe("a result line", () => {
  const context = {
    attempt: 1,
    maxAttempts: 3,
    budgeted: false,
    invalidFinishReasons: ["content_filter"],
    model: "m",
    provider: openaiChat,
  };
  const answer = (finish_reason: string) => ({
    choices: [{ message: { content: "Yes." }, finish_reason }],
    usage: { prompt_tokens: 7, completion_tokens: 3 },
  });
  const line = (response: unknown, error: unknown = null) => ({ custom_id: "17", response, error });
  const of = (value: unknown, change = {}) => lineOutcome(value, { ...context, ...change });

  test("an answer settles its row; its tokens are the batch's, not the row's", () => {
    const outcome = of(line({ status_code: 200, body: answer("stop") }));
    expect(outcome).toMatchObject({ kind: "settled", row: 17, promptTokens: 7, completionTokens: 3 });
    expect(outcome.kind === "settled" && outcome.result).toMatchObject({
      ok: true,
      promptTokens: 0,
      completionTokens: 0,
    });
  });

  test.each([
    [
      "an answer that is not accepted is paid and asked again",
      line({ status_code: 200, body: answer("content_filter") }),
      "again",
      7,
    ],
    ["one that expired is asked again", line(null, { code: "batch_expired", message: "Late." }), "again", 0],
    [
      "a passing fault is asked again",
      line({ status_code: 500, body: { error: { message: "Oops" } } }),
      "again",
      0,
    ],
    ["a limit is asked again", line({ status_code: 429, body: { error: { message: "Slow" } } }), "again", 0],
    ["neither response nor error is asked again", { custom_id: "17" }, "again", 0],
    [
      "a bad request fails",
      line({ status_code: 400, body: { error: { message: "No", code: "invalid_prompt" } } }),
      "settled",
      0,
    ],
    ["another's id is unknown", { custom_id: "mine-17", response: null, error: null }, "unknown", 0],
    ["no object is unknown", [1], "unknown", 0],
  ])("%s", (_what, value, kind, promptTokens) => {
    expect(of(value)).toMatchObject({ kind, promptTokens });
  });

  test("the last attempt fails; with a budget, what is paid in vain fails at once", () => {
    expect(of(line(null, { code: "batch_expired", message: "Late." }), { attempt: 3 })).toMatchObject({
      kind: "settled",
    });
    expect(of(line({ status_code: 200, body: answer("content_filter") }), { budgeted: true })).toMatchObject({
      kind: "settled",
      promptTokens: 7,
    });
  });

  test("whatever a line holds has an outcome", () => {
    fc.assert(fc.property(fc.anything(), (value) => void of(value)));
    const near = fc.record(
      { custom_id: fc.constant("1"), response: fc.anything(), error: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(near, (value) => void of(value)));
  });
});

test("sets of lines are kept as text and given back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }),
      fc.array(fc.nat(199)),
      (members, others) => {
        const set = LineSet.none(members.length);
        for (const [place, member] of members.entries()) if (member) set.add(place);
        const again = LineSet.of(members.length, set.toText());
        const places = members.flatMap((member, place) => (member ? [place] : []));
        expect([...again]).toEqual(places);
        expect(again.size).toBe(places.length);
        const other = LineSet.none(members.length);
        for (const place of others) if (place < members.length) other.add(place);
        expect([...again.and(other)]).toEqual(places.filter((place) => others.includes(place)));
        expect([...again.without(other)]).toEqual(places.filter((place) => !others.includes(place)));
      },
    ),
  );
});

test("a send is split into parts that hold each of its lines once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 5_000 }), (rows, most) => {
      const send = someSend({ rows, promptTokens: rows * 30 });
      const shard = { ...someShard([send]), rows, openRows: rows };
      const split = splitSend(shard, send, most);
      if (split === undefined) {
        expect(Math.floor(most / 30)).toBeGreaterThanOrEqual(rows);
        return;
      }
      const [whole, ...parts] = split.sends;
      expect(whole!.state).toBe("dropped");
      expect(parts.flatMap(({ lines }) => [...LineSet.of(rows, lines)])).toEqual(
        Array.from({ length: rows }, (_, at) => at),
      );
      expect(new Set(parts.map(({ number }) => number)).size).toBe(parts.length);
    }),
  );
});

test("rows are found by their numbers, and only those that are there", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1_000)), fc.nat(1_000), (numbers, wanted) => {
      const rows = numbers.sort((a, b) => a - b);
      const found = new RowPlaces(Uint32Array.from(rows)).placeOf(wanted);
      expect(found).toBe(rows.includes(wanted) ? rows.indexOf(wanted) : undefined);
    }),
  );
});

test("a list is asked for where it tells more than single calls, and now and then in any case", () => {
  const facts = { lists: true, open: 1_000, pagesLast: 10, pollsSince: 1, searching: false };
  expect(pollPlan(facts)).toBe("list");
  expect(pollPlan({ ...facts, open: 8 })).toBe("one by one");
  expect(pollPlan({ ...facts, open: 1, pagesLast: 1 })).toBe("one by one");
  expect(pollPlan({ ...facts, open: 1, pollsSince: 10 })).toBe("list");
  expect(pollPlan({ ...facts, open: 1, searching: true })).toBe("list");
  expect(pollPlan({ ...facts, lists: false })).toBe("one by one");
  expect(pollPlan({ ...facts, lists: false, searching: true })).toBe("list");
});
