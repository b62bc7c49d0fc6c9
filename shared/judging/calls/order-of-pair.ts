import type { Item } from "../items/item.ts";
import type { Judging } from "../judging.ts";
import { presentationOrder } from "./presentation-order.ts";

/** A pair is shown as it stands (`ab`), turned round (`ba`), or in the order that is drawn for it. */
export function orderOfPair({ seed }: Pick<Judging, "seed">, { id }: Item, part: string): number[] {
  if (part === "ab") return [0, 1];
  if (part === "ba") return [1, 0];
  return presentationOrder(2, seed, id);
}
