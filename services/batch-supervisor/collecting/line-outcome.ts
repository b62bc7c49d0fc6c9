import { lineMeaning } from "../../../shared/batch-policy/line-policy.ts";
import type { Fault } from "../../../shared/completions/fault.ts";
import { failedResult, goodResult } from "../../../shared/completions/result-line.ts";
import { lastWord, type Verdict, verdictOfParsed } from "../../../shared/completions/verdict.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { type LineFacts, lineFacts } from "../../../shared/providers/batch-line.ts";
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

/** Total: every value has an outcome. What a line without an answer means is batch-policy's. */
export function lineOutcome(value: unknown, context: LineContext): LineOutcome {
  const row = isJsonObject(value) ? rowOf(value.custom_id) : undefined;
  if (!isJsonObject(value) || row === undefined) return { kind: "unknown", ...FREE };
  const { response } = value;
  const facts = lineFacts(value);
  if (!isJsonObject(response)) return ofMeaning(row, facts, unanswered(facts), context);
  const { invalidFinishReasons, provider } = context;
  const status = typeof response.status_code === "number" ? response.status_code : 200;
  const verdict = verdictOfParsed(provider, status, response.body, invalidFinishReasons);
  if (verdict.kind === "kept" || verdict.kind === "not_kept") return ofCompletion(row, verdict, context);
  const { message } = verdict;
  if (facts.status !== null && facts.status < 300)
    return again(row, { reason: "garbage", message }, context, FREE);
  // A dialect may tell by its words alone that no request has such a parameter.
  const code = verdict.kind === "halt" && NO_PARAMETER.test(verdict.code) ? verdict.code : facts.code;
  return ofMeaning(row, { ...facts, code }, { reason: reasonOf(verdict, facts), message }, context);
}

/** Ours are row numbers. */
function rowOf(customId: unknown): number | undefined {
  return typeof customId === "string" && /^\d{1,15}$/.test(customId) ? Number(customId) : undefined;
}

const NO_PARAMETER = /^unsupported_parameter$/;

function unanswered({ code, message }: LineFacts): Said {
  return {
    reason: code || "no_response",
    message: message || "The provider gave neither a response nor a reason.",
  };
}

interface Said {
  reason: string;
  message: string;
}

/** As rows' reasons are named. */
function reasonOf(fault: Fault, { code, status }: LineFacts): string {
  if (fault.kind === "wait") return "rate_limited";
  if (fault.kind !== "halt") return fault.reason;
  return /^[a-z][a-z0-9_]{0,60}$/.test(code) ? code : `http_${status}`;
}

function ofCompletion(
  row: number,
  verdict: Verdict & { kind: "kept" | "not_kept" },
  context: LineContext,
): LineOutcome {
  const { attempt, model, budgeted } = context;
  const { promptTokens, completionTokens } = verdict.completion;
  const used = { promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0 };
  if (verdict.kind === "not_kept")
    return again(row, verdict.fault, budgeted ? { ...context, maxAttempts: attempt } : context, used);
  const result = goodResult(row, verdict.completion, model, attempt, NONE_OF_ITS_OWN);
  return { kind: "settled", row, result, ...used };
}

/** Of a line without an answer, for which nothing is charged. */
function ofMeaning(row: number, facts: LineFacts, said: Said, context: LineContext): LineOutcome {
  const { reason, message } = said;
  const halted = (state: "paused" | "failed", code: string): LineOutcome => ({
    ...{ kind: "again", row, reason, message, ...FREE },
    halt: { kind: "halt", state, code, message },
  });
  switch (lineMeaning(facts)) {
    case "quota":
      return halted("paused", "quota");
    case "fails_job":
      return halted(
        "failed",
        facts.status === 404 || /model/.test(facts.code) ? "model_not_found" : facts.code,
      );
    case "final":
      return {
        ...{ kind: "settled", row, ...FREE },
        result: failedResult(row, reason, message, context.attempt, NONE_OF_ITS_OWN),
      };
    default:
      return again(row, said, context, FREE);
  }
}

function again(
  row: number,
  { reason, message }: Said,
  { attempt, maxAttempts }: LineContext,
  used: { promptTokens: number; completionTokens: number },
): LineOutcome {
  if (attempt < maxAttempts) return { kind: "again", row, reason, message, halt: null, ...used };
  const result = failedResult(row, reason, lastWord({ message }, attempt), attempt, NONE_OF_ITS_OWN);
  return { kind: "settled", row, result, ...used };
}
