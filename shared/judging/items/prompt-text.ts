import type { Item } from "./item.ts";

/** What was asked as one text: the instruction, and below it the input where there is one. */
export function promptText({ instruction, input }: Pick<Item, "instruction" | "input">): string {
  return input === "" ? instruction : `${instruction}\n\n${input}`;
}
