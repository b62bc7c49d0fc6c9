import { createHash } from "node:crypto";
import { keyOf } from "../../../shared/feedback/prompt-index.ts";

/** Texts by their hash, so that millions of them fit into memory: equal texts have equal ones. */
export function identityOf(...texts: string[]): string {
  return createHash("sha256")
    .update(keyOf(...texts))
    .digest("base64");
}
