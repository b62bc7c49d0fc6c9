import fc from "fast-check";
import type { Carry } from "../../shared/judging/calls/carry.ts";

/** How a text was rated in a reply that was made up for a test. */
export interface MadeRating {
  rating: number | null;
  types: number[];
  words: string;
}

export function carryOf(part: string, order: number[], numbers = order.map((_, at) => at + 1)): Carry {
  return { method: "ultrafeedback", part, template: { name: "t", sha256: "0" }, order, numbers };
}

/** A block as the form asks for it; `typed` with the kinds found first. */
export function block(number: number, { rating, types, words }: MadeRating, typed: boolean): string {
  const rated = `Rating: ${rating ?? "N/A"}\nRationale: ${words}`;
  const kinds = `Type: ${types.join(", ") || "None"}\nRationale: found: ${words}\n`;
  return `#### Output for Text ${number}\n${typed ? kinds : ""}${rated}`;
}

export const madeRating: fc.Arbitrary<MadeRating> = fc.record({
  rating: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 5 }),
  types: fc.subarray([1, 2, 3]),
  words: fc.constantFrom(
    "Good.",
    "Text 1 is better than text 2",
    "It says 4.5 of 5, see ```x```",
    "Línea uno\nlínea dos 2/5",
    "好的，第二段更好",
  ),
});

/** A case: an aspect, an order of presentation, and the ratings in the item's order. */
export const madeCase = fc
  .record({
    part: fc.constantFrom("honesty", "helpfulness", "overall"),
    made: fc.array(madeRating, { minLength: 1, maxLength: 6 }),
  })
  .chain(({ part, made }) =>
    fc
      .shuffledSubarray(
        made.map((_, index) => index),
        { minLength: made.length },
      )
      .map((order) => ({ part, made, order })),
  );

export type MadeCase = typeof madeCase extends fc.Arbitrary<infer Case> ? Case : never;

/** The blocks of a whole reply, in the order shown. */
export function blocksOf({ part, made, order }: MadeCase): string[] {
  return order.map((index, place) => block(place + 1, made[index]!, part === "helpfulness"));
}
