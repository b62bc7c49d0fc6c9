import { isJsonObject } from "../../shared/datasets/exact-json.ts";

/** What a line of a batch's files says of its request. */
export type LineFate =
  /** There is a response, and it is paid. */
  | "answered"
  /** It was not got to, or met with what passes: asked again it may be answered. */
  | "again"
  /** It can never be answered. */
  | "failed";

/** Statuses of requests that nothing is wrong with. */
const PASSING = new Set([408, 409, 425, 429]);

/**
 * A line with an error and no response was never answered by the model: its batch expired or was cancelled before, or
 * something broke on the provider's side.
 */
export function fateOf(line: Record<string, unknown>): LineFate {
  const status = isJsonObject(line.response) ? Number(line.response.status_code ?? 200) : undefined;
  if (status === undefined) return "again";
  if (status >= 200 && status < 300) return "answered";
  return PASSING.has(status) || status >= 500 ? "again" : "failed";
}
