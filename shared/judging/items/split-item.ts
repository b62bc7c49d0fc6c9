import { RowFault } from "../../datasets/row-fault.ts";
import type { Method } from "../methods/method.ts";
import type { Item } from "./item.ts";

/**
 * The items that a method judges of a row: for `ratings` each response, for `rankings` each pair i < j, for `pairwise`
 * each response beside the reference; else the row as a whole. Where there are several, their ids are the row's with
 * the responses' numbers from 0: `p7.0`, `p7.0.1`. Of two responses of unnamed models the first is the reference.
 * @throws RowFault where the row has too few responses
 */
export function splitItem(method: Method, item: Item): Item[] {
  const count = item.responses.length;
  const each = item.responses.map((_, index) => [index]);
  if (method === "ratings") return picked(item, each);
  if (method === "rankings") {
    if (count < 2) throw new RowFault("too_few_responses", "has one response where two are to be compared");
    return picked(
      item,
      each.flatMap(([first]) => each.slice(first! + 1).map(([second]) => [first!, second!])),
    );
  }
  if (method !== "pairwise") return [item];
  if (item.reference) {
    if (count > 0) return picked(item, each);
    throw new RowFault("too_few_responses", "has no response beside the reference");
  }
  const [first, second] = item.responses;
  if (count === 2 && first!.model === null) return [{ ...item, reference: first!, responses: [second!] }];
  throw new RowFault(
    "no_reference",
    'has no reference to compare with (give it as "reference", or name its model with --reference_model)',
  );
}

function picked(item: Item, choices: number[][]): Item[] {
  return choices.map((indices) => ({
    ...item,
    id: choices.length > 1 ? `${item.id}.${indices.join(".")}` : item.id,
    responses: indices.map((index) => item.responses[index]!),
  }));
}
