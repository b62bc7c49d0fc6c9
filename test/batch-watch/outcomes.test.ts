import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { IdNumbers, isRowNumber } from "../../tools/batch-watch/lines/id-numbers.ts";
import { Outcomes } from "../../tools/batch-watch/outcomes/outcomes.ts";
import { folder, result } from "../batch-files/folder.ts";

/** A line of a batch's files. */
type Line = { id: string; answered: boolean; text: string };

const line = fc.record({
  id: fc.oneof(fc.nat(12).map(String), fc.constantFrom("a", "b", "ü", "01")),
  answered: fc.boolean(),
  text: fc.string({ unit: "binary" }),
});

const written = ({ id, answered, text }: Line) =>
  JSON.stringify(
    answered ? result(id, { content: text }) : { custom_id: id, response: null, error: { message: text } },
  );

test("of each request its first answer counts, else its last failure, as it was written", async () => {
  await using place = await folder();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(line), { minLength: 1, maxLength: 5 }), async (files) => {
      using outcomes = new Outcomes();
      for (const [number, lines] of files.entries()) {
        const path = place.at(`${number}.jsonl`);
        writeFileSync(path, lines.map((one) => `${written(one)}\n`).join(""));
        await outcomes.addFile(path, number + 1);
      }
      const all = files.flat();
      const ids = [...new Set(all.map(({ id }) => id))];
      expect(new Set(outcomes.ids())).toEqual(new Set(ids));
      for (const id of ids) {
        const of = all.filter((one) => one.id === id);
        const counts = of.find((one) => one.answered) ?? of.at(-1)!;
        const outcome = outcomes.of(id)!;
        expect([outcome.answered, outcome.line.toString()]).toEqual([counts.answered, written(counts)]);
        expect(files[outcome.attempt - 1]).toContain(counts);
      }
      expect(outcomes.answered + outcomes.failed).toBe(ids.length);
      expect(outcomes.answered + outcomes.repeated).toBe(all.filter(({ answered }) => answered).length);
    }),
    { numRuns: 60 },
  );
});

test("row numbers come in their order, others behind them as they came", async () => {
  await using place = await folder();
  const path = await place.putLines(
    "r.jsonl",
    ["10", "x", "9", "01", "a"].map((id) => result(id, { content: id })),
  );
  using outcomes = new Outcomes();
  await outcomes.addFile(path);
  expect([...outcomes.ids()]).toEqual(["9", "10", "x", "01", "a"]);
});

test("more files than are kept open", async () => {
  await using place = await folder();
  using outcomes = new Outcomes();
  for (let number = 0; number < 150; number++)
    await outcomes.addFile(
      await place.putLines(`${number}.jsonl`, [result(String(number), { content: "x" })]),
    );
  for (const id of outcomes.ids()) expect(JSON.parse(outcomes.of(id)!.line.toString()).custom_id).toBe(id);
});

test("a row number is written without anything around it", () => {
  expect(["0", "7", "120"].every(isRowNumber)).toBe(true);
  expect(["", "007", "-1", "1.0", "1e3", " 1", "row-1"].some(isRowNumber)).toBe(false);
});

test("ids are numbered in the order in which they come, each once", () => {
  const id = fc.oneof(fc.nat(300_000).map(String), fc.string(), fc.constant("99999999999999"));
  fc.assert(
    fc.property(fc.array(id, { maxLength: 50 }), (ids) => {
      const numbers = new IdNumbers();
      const distinct = [...new Set(ids)];
      expect(ids.map((one) => numbers.add(one))).toEqual(ids.map((one) => distinct.indexOf(one)));
      expect([numbers.size, numbers.has("no such id")]).toEqual([distinct.length, false]);
      expect([...numbers.ids()].sort()).toEqual(distinct.sort());
    }),
  );
});
