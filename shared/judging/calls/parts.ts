import type { Item } from "../items/item.ts";
import type { Judging } from "../judging.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";

/**
 * The calls that a judgement of this item needs, each by its name: the aspects; `ab` and `ba`, the two orders of a pair,
 * or `seeded`, the one that is drawn; else the method's own name. In the order in which they are numbered.
 */
export function partsOf(judging: Judging, item: Item): string[] {
  return METHOD_TABLE[judging.method].parts(judging, item);
}
