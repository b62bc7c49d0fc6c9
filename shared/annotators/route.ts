import { createHash } from "node:crypto";
import type { Annotator } from "./annotator.ts";

/** What a rate limit applies to. */
export type Route = {
  /** Safe in NATS subjects and stream names: [a-z0-9_-], 48 characters at most. */
  id: string;
  provider: string;
  model: string;
};

/**
 * Annotators with equal provider, key variable and model share a route, and so its limits. The base URL is no part of
 * it: a job keeps its route when the same provider answers at another address.
 */
export function routeOf(annotator: Annotator): Route {
  const identity = JSON.stringify([annotator.provider, annotator.keyVariable, annotator.model]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 10);
  const id = `${readable(annotator.provider, 12)}-${readable(annotator.model, 24)}-${hash}`;
  return { id, provider: annotator.provider, model: annotator.model };
}

function readable(text: string, length: number): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .slice(0, length)
    .replace(/^-+|-+$/g, "");
  return slug || "x";
}
