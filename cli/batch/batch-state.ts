import type { Batch } from "../../shared/batch-api/batch.ts";
import { count } from "../view/amounts.ts";

/** `40 of 100 done, 2 failed`; nothing while the provider has not counted them. */
export function progressOf({ request_counts: counts }: Batch): string {
  if (!counts || counts.total === 0) return "";
  const failed = counts.failed > 0 ? `, ${count(counts.failed)} failed` : "";
  return `${count(counts.completed)} of ${count(counts.total)} done${failed}`;
}

export function stateLine(batch: Batch): string {
  const progress = progressOf(batch);
  return `Batch ${batch.id} is ${batch.status}${progress && `: ${progress}`}`;
}
