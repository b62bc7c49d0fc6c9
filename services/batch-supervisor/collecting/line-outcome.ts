import type { Fault } from "../../../shared/completions/fault.ts";
import { failedResult, goodResult } from "../../../shared/completions/result-line.ts";
import { lastWord, verdictOfParsed } from "../../../shared/completions/verdict.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { isJsonObject } from "../../../shared/datasets/exact-json.ts";
import type { Provider } from "../../../shared/providers/provider.ts";

/** What a line of a batch's output or error file says of its row. */
export type LineOutcome = {
  /** Tokens that the provider charges for it. */
  promptTokens: number;
  completionTokens: number;
} & (
  | { kind: "settled"; row: number; result: RowResult }
  /** It is to be sent once more. `halt`: but not before a person has done something. */
  | { kind: "again"; row: number; reason: string; message: string; halt: HaltFault | null }
  /** No line that belongs to a row. */
  | { kind: "unknown" }
);

export type HaltFault = Fault & { kind: "halt" };

export interface LineContext {
  /** How often the batch's rows have been sent. */
  attempt: number;
  maxAttempts: number;
  /** What is paid and cannot be kept is not asked for again. */
  budgeted: boolean;
  invalidFinishReasons: readonly string[];
  /** Stands in where an answer names no model. */
  model: string;
  provider: Provider;
}

/** A row's tokens are those of its batch, which are counted as a whole. */
const NONE_OF_ITS_OWN = { promptTokens: 0, completionTokens: 0 };
const FREE = NONE_OF_ITS_OWN;

/** Total: every value has an outcome. */
export function lineOutcome(value: unknown, context: LineContext): LineOutcome {
  const row = isJsonObject(value) ? rowOf(value.custom_id) : undefined;
  if (!isJsonObject(value) || row === undefined) return { kind: "unknown", ...FREE };
  const { response, error } = value;
  if (isJsonObject(response)) return ofResponse(row, response, context);
  const said = isJsonObject(error) ? error : {};
  const reason = typeof said.code === "string" && said.code !== "" ? said.code : "no_response";
  const message =
    typeof said.message === "string" && said.message !== ""
      ? said.message
      : "The provider gave neither a response nor a reason.";
  return again(row, { reason, message }, context, FREE);
}

/** Ours are row numbers. */
function rowOf(customId: unknown): number | undefined {
  return typeof customId === "string" && /^\d{1,15}$/.test(customId) ? Number(customId) : undefined;
}

function ofResponse(row: number, response: Record<string, unknown>, context: LineContext): LineOutcome {
  const { attempt, model, invalidFinishReasons, budgeted, provider } = context;
  const status = typeof response.status_code === "number" ? response.status_code : 200;
  const verdict = verdictOfParsed(provider, status, response.body, invalidFinishReasons);
  if (verdict.kind === "kept" || verdict.kind === "not_kept") {
    const { promptTokens, completionTokens } = verdict.completion;
    const used = { promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0 };
    if (verdict.kind === "not_kept") {
      return again(row, verdict.fault, budgeted ? { ...context, maxAttempts: attempt } : context, used);
    }
    const result = goodResult(row, verdict.completion, model, attempt, NONE_OF_ITS_OWN);
    return { kind: "settled", row, result, ...used };
  }
  if (verdict.kind === "row") {
    const result = failedResult(row, verdict.reason, verdict.message, attempt, NONE_OF_ITS_OWN);
    return { kind: "settled", row, result, ...FREE };
  }
  if (verdict.kind === "halt") {
    return { kind: "again", row, reason: verdict.code, message: verdict.message, halt: verdict, ...FREE };
  }
  const reason = verdict.kind === "wait" ? "rate_limited" : verdict.reason;
  return again(row, { reason, message: verdict.message }, context, FREE);
}

function again(
  row: number,
  fault: { reason: string; message: string },
  { attempt, maxAttempts }: LineContext,
  used: { promptTokens: number; completionTokens: number },
): LineOutcome {
  const { reason } = fault;
  if (attempt < maxAttempts)
    return { kind: "again", row, reason, message: fault.message, halt: null, ...used };
  const result = failedResult(row, reason, lastWord(fault, attempt), attempt, NONE_OF_ITS_OWN);
  return { kind: "settled", row, result, ...used };
}
