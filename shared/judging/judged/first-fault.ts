import type { Fault } from "../../datasets/reading/source-row.ts";
import type { JudgedPart } from "./judged-row.ts";

/** Why an item has no judgement: its first part without a verdict. Undefined where all have one. */
export function firstFault(parts: Readonly<Record<string, JudgedPart>>): Fault | undefined {
  for (const [part, { fault }] of Object.entries(parts)) {
    if (fault === undefined) continue;
    return { reason: fault.reason, message: `has no verdict on ${part}: the reply ${fault.message}` };
  }
  return undefined;
}
