import { type Batch, errorsOf } from "../../../shared/batch-api/batch.ts";
import { needsPerson } from "../../../shared/batch-policy/failed-batch.ts";
import type { LineFate } from "./line-fate.ts";

const WHAT_THEN = "start the same command again then, and it sends what is left";

/** Why nothing may be sent before a person has done something, as a sentence; undefined: there is no reason. */
export function holdReason(batch: Batch, fates: ReadonlyMap<string, LineFate>): string | undefined {
  const needs = needsPerson(batch);
  if (needs !== undefined) {
    const said = errorsOf(batch).slice(0, 3).join("; ").replace(/\.$/, "");
    const wayOut = needs === "quota" ? "Add credit to the account" : "Give a key that may use batches";
    return `Batch ${batch.id} was not taken in (${said}), and nothing is sent before that is mended. ${wayOut}: ${WHAT_THEN}.`;
  }
  let without = 0;
  for (const fate of fates.values()) if (fate === "quota") without += 1;
  if (without === 0) return undefined;
  const requests = `${without} ${without === 1 ? "request" : "requests"}`;
  return `The account had nothing left for ${requests} of batch ${batch.id}, and nothing is sent before somebody has paid. Add credit to it: ${WHAT_THEN}.`;
}
