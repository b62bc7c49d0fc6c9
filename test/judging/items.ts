import type { Item } from "../../shared/judging/items/item.ts";

/** An item with these responses, by models m0, m1, ... */
export function itemOf(texts: readonly string[], more: Partial<Item> = {}): Item {
  const responses = texts.map((text, index) => ({ text, model: `m${index}` }));
  return { id: "p1", instruction: "Name a fruit.", input: "", responses, extra: {}, ...more };
}
