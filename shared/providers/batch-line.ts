import { wordsOf } from "./faults/provider-words.ts";
import { isOutOfQuota } from "./faults/quota.ts";
import { isObject } from "./json-values.ts";

/** What a line of a batch's files says of its request, whoever the provider is: lines of all have OpenAI's form here. */
export interface LineFacts {
  /** Of the response; null: there is none. An error that comes with status 200 has the status that it names. */
  status: number | null;
  /** The error's, as the provider writes them; empty: it gives none. */
  code: string;
  message: string;
  /** The account has nothing left, in whichever of its words the provider says so. */
  outOfQuota: boolean;
}

const DISGUISED = 500;

/** Total: every object is a line. */
export function lineFacts(line: Record<string, unknown>): LineFacts {
  const { response, error } = line;
  if (!isObject(response)) return { status: null, ...said(null, error) };
  const status = Number(response.status_code ?? 200);
  if (status < 200 || status >= 300) return { status, ...said(status, response.body) };
  const { body } = response;
  const isAnswer = isObject(body) && (!body.error || Array.isArray(body.choices));
  if (isAnswer) return { status, code: "", message: "", outOfQuota: false };
  const words = said(status, body);
  const named = Number(words.code);
  const disguised = named >= 400 && named < 600 ? named : DISGUISED;
  return { ...said(disguised, body), status: disguised };
}

/** What a batch that failed as a whole says of it, or a call that was refused. */
export function isQuotaSaid(status: number | null, error: unknown): boolean {
  return said(status, error).outOfQuota;
}

function said(status: number | null, error: unknown): Omit<LineFacts, "status"> {
  const words = wordsOf(typeof error === "string" ? error : JSON.stringify(error ?? null));
  const { code, message } = words;
  // Without a response there is no status that could tell its words from an answer's.
  return { code, message, outOfQuota: isOutOfQuota(status ?? 400, words) };
}
