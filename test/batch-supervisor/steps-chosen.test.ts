import { describe, expect, test } from "vitest";
import { chooseStep, inOrder, stepName } from "../../services/batch-supervisor/choosing/choose-step.ts";
import { creations } from "../../services/batch-supervisor/choosing/creations.ts";
import { mayBegin } from "../../services/batch-supervisor/choosing/may-begin.ts";
import type { Step } from "../../services/batch-supervisor/choosing/next-step.ts";
import { sendsByAccount, waitAfterPoll } from "../../services/batch-supervisor/polling/account-sends.ts";
import { backFromIntended, NeverCreated } from "../../services/batch-supervisor/polling/never-created.ts";
import type { Accounts } from "../../services/batch-supervisor/routes/accounts.ts";
import { LineSet } from "../../shared/batch-lane/line-set.ts";
import type { RequestJob } from "../../shared/contracts/job-entry.ts";
import { shardKey } from "../../shared/contracts/shard.ts";
import { someSend, someShard } from "./some-shard.ts";

const JOB = "0123456789abcdef";

function someJob(change: Partial<RequestJob> = {}, batch: object = { pollMs: 1_000 }): RequestJob {
  const spec = { dispatch: { annotator: "a", priority: 1, batch } };
  return {
    id: JOB,
    run: 1,
    firstRun: 1,
    state: "running",
    createdAt: "2026-01-01",
    spec,
    ...change,
  } as RequestJob;
}

describe("the step of a shard", () => {
  const lines = (...places: number[]) => {
    const set = LineSet.none(10);
    for (const place of places) set.add(place);
    return set.toText();
  };
  const built = someSend({ state: "built", batch: null, lines: lines(0, 1) });
  const expired = { ...someSend().batch!, status: "expired" };
  const ended = someSend({ number: 2, state: "polled", batch: expired, lines: lines(2) });
  const anyTime = () => true;

  test("is the most urgent of its sends'", () => {
    const chosen = chooseStep(someShard([built, ended]), someJob(), anyTime);
    expect(chosen).toMatchObject({ step: "collect", send: ended, tokens: 300, priority: 1 });
  });

  test("is another where that one failed a moment ago", () => {
    const shard = someShard([built, ended]);
    const failed = stepName(shardKey(shard), ended, "collect");
    expect(chooseStep(shard, someJob(), (name) => name !== failed)).toMatchObject({ step: "upload" });
  });

  test("is none where its job is not known, or all of it is over", () => {
    expect(chooseStep(someShard([built]), undefined, anyTime)).toBeUndefined();
    const over = someShard([someSend({ state: "collected" })]);
    expect(chooseStep({ ...over, openRows: 0, closed: true }, someJob(), anyTime)).toBeUndefined();
  });

  test("comes in the order of jobs, runs and rows", () => {
    const shards = [
      { ...someShard([]), job: "b", shard: 0 },
      { ...someShard([]), job: "a", run: 2, shard: 0 },
      { ...someShard([]), job: "a", run: 1, shard: 1 },
      { ...someShard([]), job: "a", run: 1, shard: 0 },
    ];
    const jobs = [
      someJob({ id: "b", createdAt: "2026-01-02" }),
      someJob({ id: "a", createdAt: "2026-01-01" }),
    ];
    const order = inOrder(shards, jobs).map(({ job, run, shard }) => `${job}${run}${shard}`);
    expect(order).toEqual(["a10", "a11", "a20", "b10"]);
  });
});

test.each<[fact: string, step: Step, steps: Step[], uploaded: number, may: boolean]>([
  ["eight steps at once", "collect", Array(8).fill("collect"), 0, false],
  ["uploads take no place of other steps", "collect", [...Array(7).fill("cancel"), "upload"], 0, true],
  ["a batch is created where a place is left", "create", [...Array(6).fill("cancel"), "upload"], 0, true],
  ["uploads do take the places of new batches", "create", [...Array(7).fill("cancel"), "upload"], 0, false],
  ["two uploads at once, where two are wanted", "upload", ["upload", "upload"], 0, false],
  ["one upload beside another", "upload", ["upload"], 6, true],
  ["not more than eight that wait to become batches", "upload", ["upload"], 7, false],
])("%s", (_, step, steps, uploaded, may) => {
  expect(mayBegin(step, { steps, uploaded, parallelUploads: 2 })).toBe(may);
});

describe("which sends become batches", () => {
  const send = (number: number, promptTokens: number, state: "uploaded" | "created" = "uploaded") =>
    someSend({ number, promptTokens, state, batch: state === "created" ? someSend().batch : null });
  const waitingOf = (sends: ReturnType<typeof send>[]) =>
    sends.flatMap((one) => chooseStep(someShard([one]), someJob(), () => true) ?? []);

  test("those whose tokens fit beside what is enqueued and what is being created", () => {
    const [first, second, creating] = [send(1, 300), send(2, 300), send(3, 300)];
    const shards = [{ ...someShard([creating]), shard: 9 }];
    const waiting = waitingOf([first, second]);
    const numbers = (busy: Map<string, { step: Step; send: number }>, limit: number | null) =>
      creations(waiting, shards, busy, limit).create.map((one) => one.send.number);
    expect(numbers(new Map(), 600)).toEqual([1, 2]);
    expect(numbers(new Map([[shardKey(shards[0]!), { step: "create", send: 3 }]]), 600)).toEqual([1]);
    expect(numbers(new Map(), null)).toEqual([1, 2]);
  });

  test("one that is above the limit by itself is cut; a single line is tried all the same", () => {
    const many = waitingOf([send(1, 1_000)]);
    expect(creations(many, [], new Map(), 200)).toMatchObject({ create: [], split: [{ most: 200 }] });
    const single = LineSet.none(10);
    single.add(4);
    const alone = many.map((one) => ({ ...one, send: { ...one.send, lines: single.toText() } }));
    expect(creations(alone, [], new Map(), 200)).toMatchObject({ create: [{ tokens: 200 }], split: [] });
  });
});

describe("a batch that was intended", () => {
  const intended = someSend({ state: "intended", batch: null });
  const shard = someShard([intended]);

  test("was not created where a list that was asked for long enough after it does not show it", () => {
    const never = new NeverCreated();
    const missingAfter = (listedMs: number, nowMs: number) =>
      never.after([shard], { listedMs, nowMs }, () => 100).map(({ send }) => send.number);
    expect(missingAfter(0, 10)).toEqual([]);
    expect(missingAfter(109, 500)).toEqual([]);
    expect(missingAfter(110, 500)).toEqual([1]);
  });

  test("is searched anew where it was found, and is intended once more", () => {
    const never = new NeverCreated();
    never.after([shard], { listedMs: 0, nowMs: 0 }, () => 100);
    never.after([someShard([someSend()])], { listedMs: 50, nowMs: 50 }, () => 100);
    expect(never.after([shard], { listedMs: 200, nowMs: 200 }, () => 100)).toEqual([]);
  });

  test("goes back to its file, or to where it has none; found meanwhile it stays", () => {
    expect(backFromIntended(intended)).toEqual({ state: "uploaded" });
    expect(backFromIntended({ ...intended, file: null })).toEqual({ state: "built" });
    expect(backFromIntended(someSend())).toEqual({});
  });
});

describe("a look", () => {
  const accounts = {
    of: ({ spec }: RequestJob) =>
      spec.dispatch.annotator === "unknown" ? { code: "c", fault: "no key" } : { name: "key", account: {} },
  } as unknown as Pick<Accounts, "of">;
  const jobs = [
    someJob({}, { pollMs: 20_000 }),
    someJob({ id: "other" }, { pollMs: 9_000 }),
    { ...someJob({ id: "third" }), spec: { dispatch: { annotator: "unknown" } } } as RequestJob,
  ];
  const open = someShard([someSend({ state: "polled" })]);

  test("gathers what jobs of the same account look for, and leaves out who has none", () => {
    const found = sendsByAccount(
      jobs,
      [open, { ...open, job: "other" }, { ...open, job: "third" }],
      accounts,
    );
    expect([...found.keys()]).toEqual(["key"]);
    expect(found.get("key")).toMatchObject({ pollMs: 9_000 });
    expect(found.get("key")!.wanted.open).toHaveLength(2);
  });

  test("comes again when the least patient job wants it, or soon where something is searched", () => {
    expect(waitAfterPoll(sendsByAccount(jobs, [open], accounts).values())).toBe(9_000);
    const searched = someShard([someSend({ state: "intended", batch: null })]);
    expect(waitAfterPoll(sendsByAccount(jobs, [searched], accounts).values())).toBe(5_000);
    expect(waitAfterPoll([])).toBe(60_000);
  });
});
