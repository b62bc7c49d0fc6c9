import type OpenAI from "openai";
import { count } from "../amounts.ts";

export type Batch = OpenAI.Batches.Batch;

const FINISHED: ReadonlySet<Batch["status"]> = new Set(["completed", "failed", "expired", "cancelled"]);

export const isFinished = (batch: Batch) => FINISHED.has(batch.status);

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

/** Why the provider took the file for no batch, a sentence each. */
export function errorsOf({ errors }: Batch): string[] {
  return (errors?.data ?? []).map(({ code, message, line }) => {
    const place = typeof line === "number" ? `line ${line}: ` : "";
    return `${place}${message ?? code ?? "without a reason"}`;
  });
}
