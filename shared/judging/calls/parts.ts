import type { Item } from "../items/item.ts";
import type { Judging } from "../judging.ts";
import { ASPECTS, isAspect, RATED_TOGETHER, type RatedTogether } from "../methods/method.ts";

/** How an aspect is called in the ids of batch requests. */
const SUFFIXES: Record<string, string> = {
  instruction_following: "ins",
  honesty: "hon",
  truthfulness: "tru",
  helpfulness: "hel",
};

/**
 * The calls that a judgement of this item needs, each by its name: the aspects; `ab` and `ba`, the two orders of a pair,
 * or `seeded`, the one that is drawn; else the method's own name. In the order in which they are numbered.
 */
export function partsOf(judging: Judging, item: Item): string[] {
  const { method, aspects, orders } = judging;
  if (method === "ultrafeedback") {
    const wanted = aspects ?? item.aspects?.filter(isAspect) ?? ASPECTS;
    return ASPECTS.filter((aspect) => wanted.includes(aspect));
  }
  if (method === "rankings") return ["ab", "ba"];
  if (method === "pairwise") return orders === "seeded" ? ["seeded"] : ["ab", "ba"];
  return [method];
}

/** `<item>_<hel|hon|ins|tru>`; other parts keep their name. */
export function customIdOf(item: Pick<Item, "id">, part: string): string {
  return `${item.id}_${SUFFIXES[part] ?? part}`;
}

/** What the custom id of a call that rates several responses names; undefined if it does not end like one. The item's id may hold any character. */
export function readCustomId(customId: string): { id: string; part: RatedTogether } | undefined {
  const at = customId.lastIndexOf("_");
  const part = RATED_TOGETHER.find((one) => (SUFFIXES[one] ?? one) === customId.slice(at + 1));
  return at < 0 || part === undefined ? undefined : { id: customId.slice(0, at), part };
}
