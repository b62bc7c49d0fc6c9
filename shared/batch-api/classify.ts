import { type RefusalMeaning, refusalMeaning } from "../batch-policy/refusal-policy.ts";
import { messageOf } from "../errors.ts";
import { isQuotaSaid } from "../providers/batch-line.ts";
import { retryAfterMs } from "../retry-after.ts";
import { BatchApiError, type BatchFault } from "./fault.ts";

/** An answer that is no success. */
export interface Refusal {
  status: number;
  /** Value of a header by its lower-case name. */
  header: (name: string) => string | undefined;
  body: string;
}

/** What sentences speak of. */
export interface About {
  /** What the call is about, such as `batch batch_1`. */
  subject: string;
  baseUrl: string;
  /** Where the key comes from, such as `OPENAI_API_KEY`. */
  keySource: string;
  /** The call creates a batch of a file. */
  creates?: boolean | undefined;
}

/** They failed before a byte of the call was sent. */
const NEVER_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|CONNECT_TIMEOUT|CERT|altnames/i;
const LONGEST_WORDS = 500;

/** Total: each answer has a fault and a sentence. What a refusal means is batch-policy's; here it gets its words. */
export function classifyRefusal(refusal: Refusal, about: About): BatchApiError {
  const { status, body } = refusal;
  const error = providerError(body);
  const words = wordsOf(error.message || `status ${status}, and nothing more`);
  const facts = { status, code: error.code, message: error.message, creates: about.creates ?? false };
  const meaning = refusalMeaning({ ...facts, outOfQuota: isQuotaSaid(status, body) });
  const [fault, sentence] = decide(meaning, refusal, { code: error.code, words }, about);
  return new BatchApiError(sentence, fault);
}

function decide(
  meaning: RefusalMeaning,
  refusal: Refusal,
  { code, words }: { code: string; words: string },
  about: About,
): [BatchFault, sentence: string] {
  const { status } = refusal;
  const waitMs = retryAfterMs(refusal.header("retry-after-ms"), refusal.header("retry-after"), Date.now());
  switch (meaning) {
    case "quota":
      return [
        { kind: "no_permission", code: "quota" },
        `The account has nothing left: ${words} Check its billing.`,
      ];
    case "key":
      return [{ kind: "no_permission", code: "authentication" }, keySentence(status, words, about)];
    case "no_tokens":
      return [{ kind: "no_room", of: "tokens" }, noTokens(words)];
    case "no_room":
      return [
        { kind: "no_room", of: "batches" },
        `There is no room for more at the provider now: ${words} Some batches must end, or files be deleted, first.`,
      ];
    case "not_ready":
      return [{ kind: "not_ready", status }, `The provider does not see ${about.subject} yet: ${words}`];
    case "passing":
      return passing(status, words, waitMs);
    default:
      return permanent(status, { code, words }, about);
  }
}

function keySentence(status: number, words: string, { keySource }: About): string {
  return status === 401
    ? `The key is refused: ${words} Check ${keySource}.`
    : `The key may not do this: ${words} Use a key with that permission.`;
}

function passing(status: number, words: string, waitMs: number | null): [BatchFault, sentence: string] {
  if (status === 429)
    return [{ kind: "wait", waitMs }, `The provider takes no more for now: ${words} Try again later.`];
  const sentence = `The provider failed with status ${status}: ${words} Try again later.`;
  return [{ kind: "retry", waitMs, uncertain: true }, sentence];
}

function permanent(
  status: number,
  { code, words }: { code: string; words: string },
  { subject, baseUrl }: About,
): [BatchFault, sentence: string] {
  const fault = { kind: "permanent", code: code || `http_${status}`, status } as const;
  if (status === 404) return [fault, `There is no ${subject} for this key at ${baseUrl}.`];
  if (status < 400) {
    const wayOut = "a redirect is never followed, since the key would go with it: correct the address.";
    return [fault, `${baseUrl} answers with status ${status}, and ${wayOut}`];
  }
  return [fault, `The provider refuses this: ${words}`];
}

/** The sentence of a batch that would have held too many tokens beside those that the key has. */
function noTokens(words: string): string {
  return `The batches of this key hold as many tokens as they may: ${words} Some must end first.`;
}

/** A call without an answer, or one whose answer broke off. */
export function classifyBreak(cause: unknown, { baseUrl, keySource }: About): BatchApiError {
  const reason = reasonOf(cause);
  const fault = { kind: "retry", waitMs: null, uncertain: !NEVER_SENT.test(reason) } as const;
  const address = keySource.startsWith("OPENAI_API_KEY") ? "OPENAI_BASE_URL" : "the annotator's base_url";
  const sentence = `${baseUrl} cannot be reached (${reason}): check the network and ${address}.`;
  return new BatchApiError(sentence, fault, { cause });
}

/** An answer with status 200 that is not what was asked for: a proxy's page, or cut off. */
export function classifyGarbage(body: string, { subject, baseUrl }: About, cause?: unknown): BatchApiError {
  const start = JSON.stringify(body.slice(0, 60));
  const sentence = `${baseUrl} answers a call about ${subject} with something else; it starts with ${start}.`;
  return new BatchApiError(sentence, { kind: "retry", waitMs: null, uncertain: true }, { cause });
}

interface ProviderError {
  message: string;
  code: string;
}

/** OpenAI's {error: {message, code, type}}, or what other servers make of it. */
function providerError(body: string): ProviderError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { message: body.replace(/<[^>]*>/g, " "), code: "" };
  }
  const outer = asObject(parsed);
  const inner = typeof outer.error === "string" ? { message: outer.error } : asObject(outer.error ?? outer);
  const text = (value: unknown) =>
    typeof value === "string" || typeof value === "number" ? String(value) : "";
  return {
    message: text(inner.message) || text(inner.detail),
    code: text(inner.code),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The provider's words as one sentence on one line. */
function wordsOf(message: string): string {
  const tidy = message.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return `${tidy.slice(0, LONGEST_WORDS).replace(/\.$/, "")}.`;
}

/** The innermost cause says most: a refused connection, an unknown host. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return reasonOf(cause);
  return (error as NodeJS.ErrnoException).code ?? messageOf(error).replace(/\.$/, "");
}
