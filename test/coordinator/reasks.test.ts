import fc from "fast-check";
import { expect, test } from "vitest";
import { AsksTaken } from "../../services/coordinator/batches/reasks/asks-taken.ts";
import { GatheredReasks } from "../../services/coordinator/batches/reasks/gathered-reasks.ts";

const reask = (row: number, ask = 2) => ({ row, ask, messages: `[${row}]`, carry: "{}" });

test("an ask is new once; one that comes again, or after a later one, is known by its number", () => {
  const asks = new AsksTaken(10);
  expect(asks.isNew(3, 2)).toBe(true);
  asks.take(3, 2);
  expect([asks.isNew(3, 2), asks.isNew(3, 3), asks.isNew(4, 2)]).toEqual([false, true, true]);
  asks.take(3, 4);
  expect([asks.isNew(3, 3), asks.isNew(3, 4), asks.isNew(3, 5)]).toEqual([false, false, true]);
});

test("shards that are read back name no asks: each counts as one more, and a later pass begins anew", () => {
  const asks = new AsksTaken(10);
  asks.takeNext(3);
  asks.takeNext(3);
  expect([asks.isNew(3, 3), asks.isNew(3, 4)]).toEqual([false, true]);
  asks.startAnew({ from: 0, end: 5 });
  expect([asks.isNew(3, 2), asks.isNew(10, 2)]).toEqual([true, false]);
});

test("a row that the job has not is never new", () => {
  expect(new AsksTaken(10).isNew(10, 2)).toBe(false);
});

test("a shard takes those that came first, in the order of their rows, and leaves the rest", () => {
  const gathered = new GatheredReasks(3);
  for (const row of [9, 4, 7, 1]) gathered.add(reask(row), row === 1 ? 6 : 5);
  expect(gathered.isFull).toBe(true);
  const first = gathered.ofShard(6);
  expect([first.rows.map(({ row }) => row), first.to]).toEqual([[4, 7, 9], 5]);
  for (const row of first.rows) gathered.remove(row);
  const second = gathered.ofShard(6);
  expect([second.rows.map(({ row }) => row), second.to, gathered.isFull]).toEqual([[1], 6, false]);
});

test("of two asks of a row the later one stands", () => {
  const gathered = new GatheredReasks(3);
  gathered.add(reask(1, 3), 1);
  gathered.add(reask(1, 2), 2);
  expect(gathered.ofShard(2).rows).toMatchObject([{ row: 1, ask: 3 }]);
  gathered.add(reask(1, 4), 3);
  expect(gathered.ofShard(3).rows).toMatchObject([{ row: 1, ask: 4 }]);
  expect(gathered.size).toBe(1);
});

test("however the log is cut into messages and shards, and wherever owners die, each ask is taken once", () => {
  const message = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 });
  const log = fc.array(message, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(log, fc.integer({ min: 1, max: 6 }), fc.array(fc.boolean()), (messages, mostRows, deaths) => {
      const taken: number[] = [];
      const shards: { rows: number[]; to: number }[] = [];
      let [asks, gathered] = [new AsksTaken(31), new GatheredReasks(mostRows)];
      let readTo = 0;
      for (let step = 0; readTo < messages.length || gathered.size > 0; step += 1) {
        while (readTo < messages.length && !gathered.isFull) {
          readTo += 1;
          for (const row of messages[readTo - 1]!) if (asks.isNew(row, 2)) gathered.add(reask(row), readTo);
        }
        const { rows, to } = gathered.ofShard(readTo);
        if (rows.length > 0) shards.push({ rows: rows.map(({ row }) => row), to });
        taken.push(...rows.map(({ row }) => row));
        for (const row of rows) {
          asks.take(row.row, row.ask);
          gathered.remove(row);
        }
        if (!deaths[step]) continue;
        [asks, gathered] = [new AsksTaken(31), new GatheredReasks(mostRows)];
        for (const shard of shards) for (const row of shard.rows) asks.takeNext(row);
        readTo = shards.at(-1)?.to ?? 0;
      }
      const wanted = [...new Set(messages.flat())].sort((a, b) => a - b);
      expect(taken.toSorted((a, b) => a - b)).toEqual(wanted);
      for (const { rows } of shards) expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    }),
  );
});
