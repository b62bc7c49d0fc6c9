import { type RowsWanted, type RowWindow, windowOf } from "../../datasets/reading/row-window.ts";
import { UserError } from "../../errors.ts";
import type { NumberedItem } from "./read-items.ts";

/** The part of the items that is wanted. @param items reads them all; called only where they must be counted */
export async function itemWindow(
  wanted: RowsWanted,
  items: () => AsyncIterable<NumberedItem>,
): Promise<RowWindow> {
  return await windowOf(wanted, async () => {
    let number = 0;
    for await (const _ of items()) number += 1;
    return number;
  });
}

/** The items of a window, with the numbers that they have among all. @throws UserError where it holds none */
export async function* itemsWithin(
  { first, end }: RowWindow,
  items: AsyncIterable<NumberedItem>,
): AsyncGenerator<NumberedItem> {
  let found = false;
  for await (const item of items) {
    if (item.number >= end) break;
    if (item.number < first) continue;
    found = true;
    yield item;
  }
  if (!found)
    throw new UserError("The input has no row in the part that --offset, --limit and --shard leave.");
}
