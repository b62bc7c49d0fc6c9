import type { RowOutcome } from "../../../shared/completions/record-files.ts";
import { failedResult, goodResult } from "../../../shared/completions/result-line.ts";
import { verdictOfParsed } from "../../../shared/completions/verdict.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import type { Outcome } from "./outcomes.ts";

export interface RowReading {
  /** Stands in where an answer names no model. */
  model: string;
  invalidFinishReasons: readonly string[];
  provider: Provider;
}

const NO_TOKENS = { promptTokens: 0, completionTokens: 0 };

/** The outcome of a row in the form in which a job stores it. */
export function rowOutcome(row: number, outcome: Outcome | undefined, reading: RowReading): RowOutcome {
  const { ok, line } = resultOf(row, outcome, reading);
  return { ok, line: Buffer.from(`${line}\n`) };
}

function resultOf(row: number, outcome: Outcome | undefined, reading: RowReading): RowResult {
  if (outcome === undefined) {
    return failedResult(row, "not_asked", "None of the batches holds this row.", 0, NO_TOKENS);
  }
  const { attempt } = outcome;
  const failed = (reason: string, message: string) => failedResult(row, reason, message, attempt, NO_TOKENS);
  const { response, error } = JSON.parse(outcome.line.toString()) as Record<string, unknown>;
  if (isJsonObject(response)) {
    const status = Number(response.status_code ?? 200);
    const verdict = verdictOfParsed(reading.provider, status, response.body, reading.invalidFinishReasons);
    if (verdict.kind === "kept")
      return goodResult(row, verdict.completion, reading.model, attempt, NO_TOKENS);
    const fault = verdict.kind === "not_kept" ? verdict.fault : verdict;
    return failed("reason" in fault ? fault.reason : reasonOf(status), fault.message);
  }
  const said = isJsonObject(error) ? error : {};
  return failed(textOf(said.code, "not_answered"), textOf(said.message, "The provider says nothing more."));
}

const reasonOf = (status: number) => `http_${status}`;

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
