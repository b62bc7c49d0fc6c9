import fc from "fast-check";
import { expect, test } from "vitest";
import { fairQueue } from "../../services/dispatcher/routes/fair-queue.ts";

const all = () => true;

test("within a job the order is kept, and what comes back goes first", () => {
  const queue = fairQueue<number>();
  for (const item of [1, 2, 3]) queue.push("a", 1, item);
  expect(queue.take("a", 1)).toBe(1);
  queue.pushFront("a", 1, 1);
  expect([queue.take("a", 1), queue.take("a", 1), queue.take("a", 1), queue.take("a", 1)]).toEqual([
    1,
    2,
    3,
    undefined,
  ]);
});

test("jobs that have work share the cost by their weights", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ weight: fc.integer({ min: 1, max: 8 }), cost: fc.integer({ min: 1, max: 500 }) }),
        {
          minLength: 2,
          maxLength: 5,
        },
      ),
      (jobs) => {
        const queue = fairQueue<number>();
        const served = jobs.map(() => 0);
        jobs.forEach(({ weight }, job) => {
          for (let item = 0; item < 4_000; item++) queue.push(String(job), weight, item);
        });
        for (let round = 0; round < 2_000; round++) {
          const job = Number(queue.peek(all)!.job);
          queue.take(String(job), jobs[job]!.cost);
          served[job]! += jobs[job]!.cost;
        }
        const clocks = served.map((cost, job) => cost / jobs[job]!.weight);
        const step = Math.max(...jobs.map(({ cost, weight }) => cost / weight));
        expect(Math.max(...clocks) - Math.min(...clocks)).toBeLessThanOrEqual(step * 1.001);
      },
    ),
    { numRuns: 30 },
  );
});

test("a job that was idle is not owed for that time", () => {
  const queue = fairQueue<string>();
  for (let item = 0; item < 100; item++) queue.push("busy", 1, "busy");
  for (let item = 0; item < 50; item++) queue.take("busy", 10);
  for (let item = 0; item < 100; item++) queue.push("new", 1, "new");
  const next = Array.from({ length: 20 }, () => {
    const { job } = queue.peek(all)!;
    return queue.take(job, 10);
  });
  expect(next.filter((item) => item === "busy").length).toBeGreaterThanOrEqual(9);
});

test("a job that may not start is passed over", () => {
  const queue = fairQueue<number>();
  queue.push("a", 1, 1);
  queue.push("b", 1, 2);
  expect(queue.peek((job) => job !== "a")?.item).toBe(2);
  expect(queue.peek(() => false)).toBeUndefined();
});

test("nothing is lost or doubled, whatever comes and goes", () => {
  const step = fc.record({
    job: fc.constantFrom("a", "b", "c"),
    act: fc.constantFrom("push", "front", "take", "remove"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = fairQueue<number>();
      const inside = new Set<number>();
      steps.forEach(({ job, act }, item) => {
        if (act === "push") queue.push(job, 1, item);
        if (act === "front") queue.pushFront(job, 1, item);
        if (act === "push" || act === "front") inside.add(item);
        const out = act === "take" ? [queue.take(job, 1)] : act === "remove" ? queue.remove(job) : [];
        for (const gone of out) if (gone !== undefined) expect(inside.delete(gone)).toBe(true);
        expect(queue.size).toBe(inside.size);
      });
    }),
  );
});

test("a job whose items cost less than was thought gets its share once that is known", () => {
  const cases = fc.record({
    thought: fc.integer({ min: 1, max: 4_000 }),
    weight: fc.integer({ min: 1, max: 4 }),
    open: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(cases, ({ thought, weight, open }) => {
      const COST = 100;
      const queue = fairQueue<number>();
      const jobs: Record<string, { weight: number; thought: number; served: number }> = {
        wrong: { weight, thought, served: 0 },
        right: { weight: 1, thought: COST, served: 0 },
      };
      for (const [name, job] of Object.entries(jobs))
        for (let item = 0; item < 12_000; item++) queue.push(name, job.weight, item);
      const calls: string[] = [];
      for (let round = 0; round < 6_000; round++) {
        const { job } = queue.peek(all)!;
        queue.take(job, jobs[job]!.thought);
        jobs[job]!.served += COST;
        calls.push(job);
        const ended = calls.length > open ? calls.shift()! : undefined;
        if (ended) queue.settle(ended, COST - jobs[ended]!.thought);
      }
      const { wrong, right } = jobs as Record<"wrong" | "right", { served: number }>;
      const most = (open + 1) * (thought + COST);
      expect(Math.abs(wrong.served / weight - right.served)).toBeLessThanOrEqual(most);
      // A job that comes now starts where the others are, not where they were once thought to be.
      queue.push("new", 1, 0);
      queue.push("new", 1, 1);
      const until = Array.from({ length: 3 * (weight + 2) }, () => queue.take(queue.peek(all)!.job, COST));
      expect(until.length).toBeGreaterThan(0);
      expect(queue.sizeOf("new")).toBeLessThan(2);
    }),
    { numRuns: 60 },
  );
});
