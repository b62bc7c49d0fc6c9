import { isJsonObject, textOf } from "../../../shared/datasets/json/exact-json.ts";
import { jsonCell } from "../../../shared/datasets/json/json-cell.ts";
import { kindOf, RowFault } from "../../../shared/datasets/recipes/row-fault.ts";
import { promptIn } from "../../../shared/judging/items/prompt-in-row.ts";
import { promptText } from "../../../shared/judging/items/prompt-text.ts";
import { responsesIn } from "../../../shared/judging/items/responses-in-row.ts";
import { ratingsOf } from "../../../shared/judging/judged/judged-row.ts";
import {
  type MeanOptions,
  type RatingsByAspect,
  responseMeans,
} from "../../../shared/judging/judged/response-means.ts";
import { hasMoreThanText } from "../../../shared/prompts/asked.ts";
import type { RatedRow } from "./binarize-row.ts";

/**
 * What a judged row says about its responses. Its own means count; with options, or where it has none, they are taken
 * from its ratings by aspect. @param number stands for the id where the row has none
 * @throws RowFault if it has no ratings of responses
 */
export function ratedRow(row: Record<string, unknown>, number: number, options: MeanOptions = {}): RatedRow {
  const { responses } = responsesIn(row);
  const again = options.commonAspects === true || options.minAspects !== undefined;
  const means =
    (row.means ?? null) === null || again
      ? fromRatings(row, options)
      : valuesIn(jsonCell(row.means), "means");
  if (means.length !== responses.length) {
    throw new RowFault("wrong_mean_count", `has ${means.length} means for ${responses.length} responses`);
  }
  const { asked, ...prompt } = promptIn(row);
  return {
    id: row.id === undefined || row.id === null ? String(number) : textOf(row.id),
    prompt: promptText(prompt),
    ...(asked && hasMoreThanText(asked.messages) && { messages: asked.messages }),
    responses: responses.map(({ text }) => text),
    models: responses.map(({ model }) => model),
    means,
    order: orderIn(jsonCell(row.order), responses.length),
    ...(row.dataset !== undefined && row.dataset !== null && { dataset: row.dataset }),
  };
}

function fromRatings(row: Record<string, unknown>, options: MeanOptions): (number | null)[] {
  const judgements = jsonCell(row.judgements);
  if (!isJsonObject(judgements)) {
    throw new RowFault(
      "not_rated",
      'has neither "means" nor "judgements" of its responses: it is no judged row',
    );
  }
  const parts = Object.entries(judgements).filter(([, part]) => isJsonObject(part) && "ratings" in part);
  const read = parts.map(([name, part]) => [
    name,
    { ratings: valuesIn((part as { ratings: unknown }).ratings, "ratings") },
  ]);
  const ratings: RatingsByAspect = ratingsOf({ judgements: Object.fromEntries(read) });
  if (parts.length > 0) return responseMeans(ratings, options).means;
  throw new RowFault("not_rated", "has no ratings of its responses");
}

/** Numbers that were kept as they were written are numbers too. */
function valuesIn(list: unknown, what: string): (number | null)[] {
  if (!Array.isArray(list)) throw new RowFault("not_rated", `has ${kindOf(list)} as "${what}"`);
  return list.map((value) => {
    const number = value === null ? null : kindOf(value) === "a number" ? Number(textOf(value)) : Number.NaN;
    if (number === null || Number.isFinite(number)) return number;
    throw new RowFault("not_rated", `has ${kindOf(value)} in "${what}" where a number or null is needed`);
  });
}

function orderIn(order: unknown, count: number): number[] {
  const usual = Array.from({ length: count }, (_, index) => index);
  if (!Array.isArray(order)) return usual;
  const isOrder = order.length === count && usual.every((index) => order.includes(index));
  return isOrder ? order : usual;
}
