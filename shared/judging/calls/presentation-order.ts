import { drawFor, shuffled } from "../../random.ts";
import type { Item } from "../items/item.ts";
import type { Judging } from "../judging.ts";

/**
 * The order in which texts are shown: a draw by seed and item, turned by one place for each further call about the item.
 * So each text stands in each place equally often over as many calls as there are texts, as in a Latin square, and
 * no place is favoured over many items.
 * @returns indices of the texts, in the order shown
 */
export function presentationOrder(count: number, seed: number, id: string, turn = 0): number[] {
  const base = shuffled(
    Array.from({ length: count }, (_, index) => index),
    drawFor(seed, "order", id),
  );
  return base.map((_, place) => base[(place + turn) % count]!);
}

/** The order of all responses of an item: that of its file where it was drawn already, else one that is drawn. */
export function drawnOrder(
  { seed, useText }: Pick<Judging, "seed" | "useText">,
  item: Item,
  turn = 0,
): number[] {
  const count = item.responses.length;
  if (item.arranged || useText) return Array.from({ length: count }, (_, place) => place);
  return presentationOrder(count, seed, item.id, turn);
}
