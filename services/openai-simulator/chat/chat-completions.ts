import { hash } from "node:crypto";
import { type Random, randomOf } from "../../../shared/random.ts";
import { sample } from "../distribution.ts";
import { type ApiError, overQuota, unknownModel, wrongKey } from "../http/api-errors.ts";
import { callOf } from "../limits/call-counts.ts";
import { chargeOf, limitError } from "../limits/charge.ts";
import { drawFault, type FaultKind, poisonedBy } from "../limits/faults.ts";
import type { Paid } from "../limits/paid-calls.ts";
import { admit, rateHeaders } from "../limits/rate-limits.ts";
import type { Settings } from "../options.ts";
import { limitsOf, type Simulation } from "../simulation.ts";
import { type ChatRequest, userTexts } from "./chat-request.ts";
import { bodyOf, type Completion, complete } from "./completion.ts";
import { faultError } from "./faulty-answers.ts";
import { isApiError, validateChat } from "./validate.ts";

/** One POST as it arrived. `callId` replaces the body's digest as the call's identity where it is given. */
export type Call = { body: Buffer; key: string; callId: string | undefined; nowMs: number };

/** What is to happen with a call, and after how long. `paid` is set where a completion was made. */
export type Reply =
  | { kind: "error"; error: ApiError; headers: string[]; delayMs: number }
  | { kind: "body"; body: string; headers: string[]; delayMs: number; paid: Paid | null }
  | { kind: "reset"; delayMs: number }
  | { kind: "hang" };

/**
 * Decides everything about a call at its arrival, in the provider's order: key, shape, model, quota, limits; then the
 * answer. Injected refusals (400, 429, quota) come before the limits, all other faults after them, so only what the
 * provider would have let in is charged.
 */
export function decide(simulation: Simulation, arrived: Call): Reply {
  const { settings, calls } = simulation;
  if (settings.apiKeys && !settings.apiKeys.has(arrived.key))
    return refused(simulation, wrongKey(arrived.key));
  const request = validateChat(arrived.body.toString("utf8"), settings);
  if (isApiError(request)) return refused(simulation, request);
  if (settings.models && !settings.models.has(request.model)) {
    return refused(simulation, unknownModel(request.model));
  }
  const digest = hash("sha256", arrived.callId ?? arrived.body, "hex");
  const call = callOf(digest);
  const random = randomOf(digest, calls.attempts(call) + 1);
  const fault = faultOf(simulation, request, random);
  const usedUp = settings.quotaCalls !== null && simulation.admitted >= settings.quotaCalls;
  if (usedUp || fault === "insufficient_quota") return outOfQuota(simulation, call, usedUp ? null : fault);
  if (fault === "429" || fault === "400") return injectedRefusal(simulation, call, fault, request);
  return answer(simulation, arrived, { request, call, fault, random, digest });
}

type Accepted = {
  request: ChatRequest;
  call: number;
  fault: FaultKind | null;
  random: Random;
  digest: string;
};

function faultOf({ settings, random }: Simulation, request: ChatRequest, ofCall: Random): FaultKind | null {
  const poisoned = settings.poison.length > 0 ? poisonedBy(settings.poison, userTexts(request)) : null;
  return poisoned ?? drawFault(settings.faultTable, settings.faultDraw === "random" ? random : ofCall);
}

function answer(simulation: Simulation, { key, nowMs }: Call, accepted: Accepted): Reply {
  const { settings, tally } = simulation;
  const { request, call, fault } = accepted;
  const completion = complete(settings, request, fault);
  if (completion.tooLong) return refused(simulation, completion.tooLong);
  const limits = limitsOf(simulation, key, request.model, nowMs);
  const charged = chargeOf(request, completion.usage, settings);
  const admission = admit(limits, charged, nowMs);
  const headers = settings.rateHeaders ? rateHeaders(limits, nowMs) : [];
  if (!admission.admitted) {
    tally.counters().rejected[admission.kind]++;
    tally.secondAt(nowMs).rejected++;
    const error = limitError(admission, request.model, charged, limits.limits);
    return { kind: "error", error, headers, delayMs: 0 };
  }
  simulation.admitted++;
  simulation.calls.addAttempt(call);
  tally.counters().tokens.charged += charged;
  tally.secondAt(nowMs).tokens += charged;
  if (fault) countInjected(simulation, fault);
  return outcome(settings, { ...accepted, completion, headers });
}

type Admitted = Accepted & { completion: Completion; headers: string[] };

function outcome(settings: Settings, admitted: Admitted): Reply {
  const { request, completion, call, fault, headers, random } = admitted;
  const delayMs = sample(settings.latency, random);
  if (fault === "hang") return { kind: fault };
  if (fault === "reset") return { kind: fault, delayMs };
  if (fault === "500" || fault === "503") {
    return { kind: "error", error: faultError(fault, request.model), headers, delayMs };
  }
  const { body, isPaid } = bodyOf(settings, request, completion, admitted);
  return { kind: "body", body, headers, delayMs, paid: isPaid ? { call, usage: completion.usage } : null };
}

function refused({ tally }: Simulation, error: ApiError): Reply {
  const { refused: byStatus } = tally.counters();
  byStatus[error.status] = (byStatus[error.status] ?? 0) + 1;
  return { kind: "error", error, headers: [], delayMs: 0 };
}

function outOfQuota(simulation: Simulation, call: number, fault: FaultKind | null): Reply {
  simulation.tally.counters().rejected.insufficient_quota++;
  if (fault) countInjected(simulation, fault);
  if (fault) simulation.calls.addAttempt(call);
  return { kind: "error", error: overQuota(), headers: [], delayMs: 0 };
}

function injectedRefusal(
  simulation: Simulation,
  call: number,
  fault: "400" | "429",
  request: ChatRequest,
): Reply {
  countInjected(simulation, fault);
  simulation.calls.addAttempt(call);
  const error = faultError(fault, request.model);
  if (fault === "400") return refused(simulation, error);
  simulation.tally.counters().rejected.injected++;
  return { kind: "error", error, headers: [], delayMs: 0 };
}

function countInjected({ tally }: Simulation, fault: FaultKind): void {
  const { injected } = tally.counters();
  injected[fault] = (injected[fault] ?? 0) + 1;
}
