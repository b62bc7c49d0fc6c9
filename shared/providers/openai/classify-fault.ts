import type { Answer, Fault } from "../../completions/fault.ts";
import { retryAfterMs } from "../../retry-after.ts";

type ProviderError = { message: string; code: string; type: string; param: string };

const QUOTA =
  /^(insufficient_quota|billing_hard_limit_reached|billing_not_active|insufficient_balance|credits_exhausted)$/;
const WRONG_PARAMETER = /^(unsupported_parameter|unsupported_value|unknown_parameter)$/;
const NO_MODEL = /^(model_not_found|invalid_model|model_not_available)$/;
const RETRIED = new Set([408, 409, 425]);
const LONGEST_MESSAGE = 500;

/** Decides from what the provider answered, by OpenAI's error codes where there are any. Total: every answer has a fault. */
export function classify(answer: Answer): Fault {
  const { status } = answer;
  const error = providerError(answer.body);
  const said = sentence(status, error.message);
  if (QUOTA.test(error.code) || QUOTA.test(error.type) || status === 402) {
    return { kind: "halt", state: "paused", code: "quota", message: said };
  }
  if (status === 401 || status === 403) {
    return { kind: "halt", state: "paused", code: "authentication", message: said };
  }
  if (status === 429) return limited(answer, error, said);
  if (RETRIED.has(status) || status >= 500) {
    return { kind: "retry", reason: `http_${status}`, message: said, waitMs: waitOf(answer) };
  }
  if (NO_MODEL.test(error.code) || status === 404) {
    return { kind: "halt", state: "failed", code: "model_not_found", message: said };
  }
  if (WRONG_PARAMETER.test(error.code)) {
    return { kind: "halt", state: "failed", code: error.code, message: said };
  }
  if (status >= 300 && status < 400) {
    const message = `${said} A redirect is never followed, since the key would go with it: correct the base URL.`;
    return { kind: "halt", state: "failed", code: "redirect", message };
  }
  return { kind: "row", reason: rowReason(status, error), message: said };
}

/** A 200 whose body is no completion: cut off, a proxy's page, or an error in disguise. */
export function classifyGarbage(body: string): Fault {
  const error = providerError(body);
  const code = Number(error.code);
  if (error.message !== "" && code >= 400 && code < 600) {
    return classify({ status: code, header: () => undefined, body });
  }
  const start = tidy(body).slice(0, 80);
  const message =
    error.message === ""
      ? `The answer is no chat completion; it starts with ${JSON.stringify(start)}.`
      : `The answer is no chat completion but an error: ${error.message}`;
  return { kind: "retry", reason: "garbage", message, waitMs: null };
}

function limited(answer: Answer, error: ProviderError, said: string): Fault {
  if (/request too large|reduce the length/i.test(error.message) && !waitOf(answer)) {
    return { kind: "row", reason: "request_too_large", message: said };
  }
  const about = `${error.type} ${error.code} ${error.message}`;
  const limit = /\btokens?\b|\bTPM\b/i.test(about)
    ? "tokens"
    : /\brequests?\b|\bRPM\b/i.test(about)
      ? "requests"
      : null;
  return { kind: "wait", waitMs: waitOf(answer), limit, message: said };
}

function waitOf(answer: Answer): number | null {
  return retryAfterMs(answer.header("retry-after-ms"), answer.header("retry-after"), Date.now());
}

function rowReason(status: number, error: ProviderError): string {
  return /^[a-z][a-z0-9_]{0,60}$/.test(error.code) ? error.code : `http_${status}`;
}

/** Ended by a full stop, since the way out follows it. */
function sentence(status: number, message: string): string {
  if (message === "") return `The provider answers ${status} and says nothing more.`;
  return `The provider answers ${status}: ${message}${/[.!?]$/.test(message) ? "" : "."}`;
}

/** OpenAI's {error: {message, code, type, param}}, or what other servers make of it. */
function providerError(body: string): ProviderError {
  const none = {
    message: tidy(body.slice(0, 2000))
      .replace(/<[^>]*>/g, " ")
      .trim(),
    code: "",
    type: "",
    param: "",
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { ...none, message: none.message.slice(0, LONGEST_MESSAGE) };
  }
  const outer = asObject(parsed);
  const error = outer.error === undefined ? outer : outer.error;
  const inner = typeof error === "string" ? { message: error } : asObject(error);
  const text = (value: unknown) =>
    typeof value === "string" || typeof value === "number" ? String(value) : "";
  const message = text(inner.message) || text(inner.detail) || text(outer.message) || text(outer.detail);
  return {
    message: tidy(message).slice(0, LONGEST_MESSAGE),
    code: text(inner.code),
    type: text(inner.type),
    param: text(inner.param),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function tidy(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
