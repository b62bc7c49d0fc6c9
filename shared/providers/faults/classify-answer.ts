import type { Answer, Fault } from "../../completions/fault.ts";
import { retryAfterMs } from "../../retry-after.ts";
import { type ProviderWords, tidy, wordsOf } from "./provider-words.ts";
import { isOutOfQuota } from "./quota.ts";
import { refusalWaitMs } from "./refusal-wait.ts";

const WRONG_PARAMETER = /^(unsupported_parameter|unsupported_value|unknown_parameter)$/;
/** Of a 400: the model answers in streams of events and in no other way. */
const STREAM_ONLY =
  /only supports? (the )?stream|enable(s|d)? the stream|stream(ing)? (mode )?(is )?required|must be streamed/i;
const NO_MODEL = /^(model_not_found|invalid_model|model_not_available)$/;
/** Passing troubles of a provider, or of what stands before it; 0 and 498 are what some write of calls they never made. */
const RETRIED = new Set([0, 408, 409, 424, 425, 498, 499]);

/** Decides from what the provider answered, by OpenAI's error codes where there are any. Total: every answer has a fault. */
export function classify(answer: Answer): Fault {
  const { status } = answer;
  const error = wordsOf(answer.body);
  const said = sentence(status, error.message);
  if (isOutOfQuota(status, error)) {
    return { kind: "halt", state: "paused", code: "quota", message: said };
  }
  if (status === 401 || status === 403) {
    const unless = status === 401 ? "moment" : "row";
    return { kind: "halt", state: "paused", code: "authentication", message: said, unless };
  }
  if (status === 429) {
    const waitMs = waitOf(answer) ?? error.waitMs ?? refusalWaitMs(answer, error.message, Date.now());
    return limited(error, said, waitMs);
  }
  if (RETRIED.has(status) || status >= 500) {
    return { kind: "retry", reason: `http_${status}`, message: said, waitMs: waitOf(answer) };
  }
  if (NO_MODEL.test(error.code) || status === 404) {
    return { kind: "halt", state: "failed", code: "model_not_found", message: said, unless: "row" };
  }
  if (STREAM_ONLY.test(error.message)) {
    return { kind: "halt", state: "failed", code: "stream_only", message: said };
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
  const error = wordsOf(body);
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

function limited(error: ProviderWords, said: string, waitMs: number | null): Fault {
  if (/request too large|reduce the length/i.test(error.message) && !waitMs) {
    return { kind: "row", reason: "request_too_large", message: said };
  }
  const about = `${error.type} ${error.code} ${error.message}`;
  const limit = /\btokens?\b|\bTPM\b/i.test(about)
    ? "tokens"
    : /\brequests?\b|\bRPM\b/i.test(about)
      ? "requests"
      : null;
  return { kind: "wait", waitMs, limit, message: said };
}

function waitOf(answer: Answer): number | null {
  return retryAfterMs(answer.header("retry-after-ms"), answer.header("retry-after"), Date.now());
}

function rowReason(status: number, error: ProviderWords): string {
  return /^[a-z][a-z0-9_]{0,60}$/.test(error.code) ? error.code : `http_${status}`;
}

/** Ended by a full stop, since the way out follows it. */
function sentence(status: number, message: string): string {
  if (message === "") return `The provider answers ${status} and says nothing more.`;
  return `The provider answers ${status}: ${message}${/[.!?]$/.test(message) ? "" : "."}`;
}
