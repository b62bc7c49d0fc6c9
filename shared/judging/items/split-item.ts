import { RowFault } from "../../datasets/recipes/row-fault.ts";
import type { Item } from "./item.ts";

/*
 * The items that are judged of a row. Where there are several, their ids are the row's with the responses' numbers
 * from 0: `p7.0`, `p7.0.1`.
 */

/** Each response. */
export function splitByResponse(item: Item): Item[] {
  return picked(
    item,
    item.responses.map((_, index) => [index]),
  );
}

/** Each pair i < j. @throws RowFault where there is no pair */
export function splitByPair(item: Item): Item[] {
  const indices = item.responses.map((_, index) => index);
  if (indices.length < 2) {
    throw new RowFault("too_few_responses", "has one response where two are to be compared");
  }
  return picked(
    item,
    indices.flatMap((first) => indices.slice(first + 1).map((second) => [first, second])),
  );
}

/**
 * Each response beside the reference. Of two responses of unnamed models the first is the reference.
 * @throws RowFault where there is no reference, or nothing beside it
 */
export function splitByReference(item: Item): Item[] {
  const [first, second] = item.responses;
  if (item.reference) {
    if (first) return splitByResponse(item);
    throw new RowFault("too_few_responses", "has no response beside the reference");
  }
  if (item.responses.length === 2 && first!.model === null) {
    return [{ ...item, reference: first!, responses: [second!] }];
  }
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
