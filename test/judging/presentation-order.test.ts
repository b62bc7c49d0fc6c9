import fc from "fast-check";
import { expect, test } from "vitest";
import { presentationOrder } from "../../shared/judging/calls/presentation-order.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { ASPECTS } from "../../shared/judging/methods/aspects.ts";
import { itemOf } from "./items.ts";

test("every order shows each text once, and follows from seed and item alone", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.nat(),
      fc.string(),
      fc.nat(40),
      (count, seed, id, turn) => {
        const order = presentationOrder(count, seed, id, turn);
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
        expect(presentationOrder(count, seed, id, turn)).toEqual(order);
      },
    ),
  );
});

test("over the aspects of an item each of four responses stands in each place once", async () => {
  const judging = await loadJudging({ method: "ultrafeedback", seed: 5 });
  const item = itemOf(["A", "B", "C", "D"]);
  const orders = ASPECTS.map((aspect) => renderPart(judging, item, aspect).carry.order);
  for (const place of [0, 1, 2, 3]) expect(new Set(orders.map((order) => order[place]))).toHaveLength(4);
});

test("an aspect is shown in one order, whichever others are judged", async () => {
  const item = itemOf(["A", "B", "C", "D"]);
  const all = await loadJudging({ method: "ultrafeedback", seed: 5 });
  const one = await loadJudging({ method: "ultrafeedback", seed: 5, aspects: ["helpfulness"] });
  expect(renderPart(one, item, "helpfulness")).toEqual(renderPart(all, item, "helpfulness"));
});

test("over many items no place is favoured", () => {
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (let item = 0; item < 4000; item++) {
    for (const [place, index] of presentationOrder(4, 1, `p${item}`).entries()) counts[index]![place]! += 1;
  }
  // Binomial with n = 4000 and p = 1/4: its deviation is 27, five of them are 137.
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(137);
});

test("another seed gives another order, and a mix is shown in the order that it has", async () => {
  const orders = [1, 2, 3, 4, 5, 6].map((seed) => presentationOrder(5, seed, "p").join());
  expect(new Set(orders).size).toBeGreaterThan(3);
  const judging = await loadJudging({ method: "ultrafeedback", seed: 5 });
  const mixed = itemOf(["A", "B", "C", "D"], { arranged: true });
  for (const aspect of ASPECTS) expect(renderPart(judging, mixed, aspect).carry.order).toEqual([0, 1, 2, 3]);
});
