import { type ApiError, badRequest } from "./api-errors.ts";

/** A page of a list as the API gives it. */
export type Page<Item> = {
  object: "list";
  data: Item[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
};

/** The page that `limit` and `after` (the last id of the page before) ask for; `items` are in the list's order. */
export function pageOf<Item extends { id: string }>(
  items: Item[],
  query: URLSearchParams,
  limits: { usual: number; most: number },
): Page<Item> | ApiError {
  const limit = Number(query.get("limit") ?? limits.usual);
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.most) {
    const message = `Invalid 'limit': expected an integer from 1 to ${limits.most}, but got ${query.get("limit")}.`;
    return badRequest(message, "limit", "invalid_value");
  }
  const after = query.get("after");
  const before = after === null ? -1 : items.findIndex(({ id }) => id === after);
  if (after !== null && before < 0)
    return badRequest(`No object with id '${after}' to start after.`, "after");
  const data = items.slice(before + 1, before + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: before + 1 + limit < items.length,
  };
}
