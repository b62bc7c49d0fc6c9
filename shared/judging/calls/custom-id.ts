import { METHODS, type Method } from "../../contracts/messages/judge-methods.ts";
import type { Item } from "../items/item.ts";
import { aspectRow } from "../methods/aspects.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";

/** `<item>_<hel|hon|ins|tru>`; other parts keep their name. */
export function customIdOf(item: Pick<Item, "id">, part: string): string {
  return `${item.id}_${shortNameOf(part)}`;
}

const METHOD_BY_PART: ReadonlyMap<string, Method> = new Map(
  METHODS.flatMap((method) => METHOD_TABLE[method].inBatches.map((part) => [part, method] as const)),
);

/** Parts whose replies are known in the results of a batch, in the order of the methods' table. */
export const PARTS_IN_BATCHES: readonly string[] = [...METHOD_BY_PART.keys()];

/** The method that asks for a part of `PARTS_IN_BATCHES`. */
export function methodOfPart(part: string): Method {
  return METHOD_BY_PART.get(part)!;
}

/** What a custom id of a call in a batch names; undefined if it does not end like one. The item's id may hold any character. */
export function readCustomId(customId: string): { id: string; part: string } | undefined {
  const at = customId.lastIndexOf("_");
  const part = PARTS_IN_BATCHES.find((one) => shortNameOf(one) === customId.slice(at + 1));
  return at < 0 || part === undefined ? undefined : { id: customId.slice(0, at), part };
}

const shortNameOf = (part: string) => aspectRow(part)?.shortName ?? part;
