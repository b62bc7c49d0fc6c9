import type { IncomingMessage } from "node:http";
import { type ApiError, missingPermission, overLimit, serverError, wrongKey } from "../http/api-errors.ts";
import { limitError } from "../limits/charge.ts";
import { drawFault } from "../limits/faults.ts";
import { admit, createLimitState } from "../limits/rate-limits.ts";
import { drawFor, type Simulation } from "../simulation.ts";
import type { CallFaultKind, CallKind } from "./batch-options.ts";

const LIMITED = "files and batches";
const INJECTED_RETRY_AFTER_MS = 100;

/** Counts a call of the files and batches endpoints and says why it is not let in, if so: key, permission or limit. */
export function refusalOf(simulation: Simulation, request: IncomingMessage, path: string): ApiError | null {
  const { settings, tally } = simulation;
  const { calls } = tally.counters();
  const name = `${request.method} ${path.replace(/^(\/v1\/\w+\/)[^/]+/, "$1{id}")}`;
  calls[name] = (calls[name] ?? 0) + 1;
  const key = keyOf(request);
  if (settings.apiKeys && !settings.apiKeys.has(key)) return wrongKey(key);
  if (settings.batchKeys && !settings.batchKeys.has(key)) return missingPermission();
  return overCallLimit(simulation, key);
}

/** The key of an authorization header; empty where there is none. */
export function keyOf(request: IncomingMessage): string {
  const { authorization } = request.headers;
  return authorization?.startsWith("Bearer ") ? authorization.slice("Bearer ".length) : "";
}

function overCallLimit({ settings, limits }: Simulation, key: string): ApiError | null {
  const { batchRequestsPerMinute: requestsPerMinute, burstSeconds } = settings;
  if (requestsPerMinute === 0) return null;
  const nowMs = performance.now();
  const name = `${key}\n${LIMITED}`;
  const state =
    limits.get(name) ?? createLimitState({ requestsPerMinute, tokensPerMinute: 0, burstSeconds }, nowMs);
  limits.set(name, state);
  const admission = admit(state, 0, nowMs);
  return admission.admitted ? null : limitError(admission, LIMITED, 0, state.limits);
}

/** The fault that a call is to meet, drawn by `what` it is about and how often such a call was there before. */
export function callFault(simulation: Simulation, kind: CallKind, what: string): CallFaultKind | null {
  const table = simulation.settings.callFaultTables[kind];
  if (table.length === 0) return null;
  const fault = drawFault(table, drawFor(simulation, `${kind} ${what}`));
  if (fault === null) return null;
  const { callFaults } = simulation.tally.counters();
  const name = `${kind} ${fault}`;
  callFaults[name] = (callFaults[name] ?? 0) + 1;
  return fault;
}

/** The error of a fault that is a status. */
export function callFaultError(fault: "429" | "500" | "503"): ApiError {
  if (fault !== "429") return serverError(fault === "500" ? 500 : 503);
  const numbers = { limit: 0, used: 0, requested: 1, retryAfterMs: INJECTED_RETRY_AFTER_MS };
  return overLimit("requests", LIMITED, numbers);
}
