import { hash } from "node:crypto";
import { randomOf } from "../../../shared/random.ts";
import { type ChatRequest, userTexts } from "../chat/chat-request.ts";
import { bodyOf, complete } from "../chat/completion.ts";
import type { Usage } from "../chat/completion-body.ts";
import { faultError } from "../chat/faulty-answers.ts";
import { isApiError, validateChatBody } from "../chat/validate.ts";
import { type ApiError, errorBody, overQuota, serverError, unknownModel } from "../http/api-errors.ts";
import { callOf } from "../limits/call-counts.ts";
import { drawFault, type FaultKind, poisonedBy } from "../limits/faults.ts";
import { countPaid } from "../limits/paid-calls.ts";
import type { Simulation } from "../simulation.ts";
import type { RequestLine } from "./check-input.ts";

/** How a line came out; null for one that is never answered. `usage` is set where it was paid. */
export type LineAnswer = { status: number; body: string; usage: Usage | null } | null;

/**
 * Answers one line of a batch as chat completions would answer its body, but for the limits by minute, and with the
 * faults of lines instead of those of calls. Its fault follows from the body and from how often that was asked before.
 */
export function answerLine(simulation: Simulation, { custom_id, body }: RequestLine): LineAnswer {
  const { settings, calls } = simulation;
  const request = validateChatBody(body as unknown as Record<string, unknown>, settings);
  if (isApiError(request)) return failed(request);
  if (settings.models && !settings.models.has(request.model)) return failed(unknownModel(request.model));
  if (settings.quotaCalls !== null && simulation.admitted >= settings.quotaCalls) return failed(overQuota());
  const digest = hash("sha256", settings.batchCallId === "body" ? JSON.stringify(body) : custom_id, "hex");
  const call = callOf(digest);
  const random = randomOf(digest, calls.attempts(call) + 1);
  const fault = faultOf(simulation, request, () => drawFault(settings.lineFaultTable, random));
  calls.addAttempt(call);
  if (fault === "hang") return null;
  const error = fault && errorOf(fault, request.model);
  if (error) return failed(error);
  const completion = complete(settings, request, fault);
  if (completion.tooLong) return failed(completion.tooLong);
  simulation.admitted++;
  const { body: text, isPaid } = bodyOf(settings, request, completion, { fault, digest, random });
  if (!isPaid) return { status: 200, body: text.startsWith("{") ? text : JSON.stringify(text), usage: null };
  const paid = { call, usage: completion.usage };
  countPaid(simulation, paid, performance.now(), false);
  return { status: 200, body: text, usage: paid.usage };
}

function faultOf(
  { settings, tally }: Simulation,
  request: ChatRequest,
  draw: () => FaultKind | null,
): FaultKind | null {
  const poisoned = settings.poison.length > 0 ? poisonedBy(settings.poison, userTexts(request)) : null;
  const fault = poisoned ?? draw();
  const { injected } = tally.counters();
  if (fault) injected[fault] = (injected[fault] ?? 0) + 1;
  return fault;
}

/** The error of a fault that ends a line, if it is one; there is no connection that a `reset` could break. */
function errorOf(fault: FaultKind, model: string): ApiError | null {
  if (fault === "reset") return serverError(500);
  if (fault === "insufficient_quota") return overQuota();
  const isStatus = fault === "400" || fault === "429" || fault === "500" || fault === "503";
  return isStatus ? faultError(fault, model) : null;
}

function failed(error: ApiError): LineAnswer {
  return { status: error.status, body: errorBody(error), usage: null };
}
