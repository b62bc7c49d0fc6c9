/** What a provider says of a failure, as far as it says it. */
export interface ProviderWords {
  /** On one line, without markup, not too long; empty: nothing. */
  message: string;
  code: string;
  type: string;
  /** How long it asks to wait, where it says so in its words alone. */
  waitMs: number | null;
}

const LONGEST_MESSAGE = 500;
const LONGEST_READ = 20_000;
const DEEPEST = 5;

/**
 * Reads an answer that is no success: OpenAI's {error: {message, code, type}} or what others make of it - lists, texts,
 * details of a validation, the words of a provider behind the provider, a page. Total.
 */
export function wordsOf(body: string): ProviderWords {
  const parsed = parsedJson(body);
  if (parsed === undefined) return { message: shortened(pageText(body)), code: "", type: "", waitMs: null };
  const outer = objectOf(parsed);
  const error = outer.error ?? outer;
  const inner = typeof error === "object" ? objectOf(error) : {};
  const text = (...values: unknown[]) =>
    values.map((value) => (typeof value === "string" || typeof value === "number" ? String(value) : ""));
  const [code] = text(inner.code ?? outer.code).filter(Boolean);
  return {
    message: shortened(messageIn(parsed, 0)),
    code: code ?? "",
    type: text(inner.type ?? inner.status)[0]!,
    waitMs: retryDelayMs(inner.details),
  };
}

/** The sentence in whatever holds it: the innermost says most. */
function messageIn(value: unknown, depth: number): string {
  if (depth > DEEPEST) return "";
  if (typeof value === "string") {
    const inside = /^\s*[[{]/.test(value) ? parsedJson(value) : undefined;
    return (inside === undefined ? "" : messageIn(inside, depth + 1)) || value;
  }
  if (Array.isArray(value)) {
    const parts = value.map((one) => messageIn(one, depth + 1)).filter(Boolean);
    return [...new Set(parts)].slice(0, 5).join("; ");
  }
  const { error, message, detail, msg, loc, errors, metadata, title } = objectOf(value);
  if (typeof msg === "string") return placed(loc, msg);
  const own = [error, message, detail, errors, title].reduce<string>(
    (found, part) => found || messageIn(part, depth + 1),
    "",
  );
  const behind = messageIn(objectOf(metadata).raw, depth + 1);
  return behind !== "" && behind !== own ? [own.replace(/[.]$/, ""), behind].filter(Boolean).join(": ") : own;
}

/** FastAPI names the member at fault beside the sentence. */
function placed(loc: unknown, message: string): string {
  const names = Array.isArray(loc) ? loc.filter((part) => part !== "body").join(".") : "";
  return names === "" ? message : `${names}: ${message}`;
}

/** Google's RetryInfo: {"retryDelay": "6s"}. */
function retryDelayMs(details: unknown): number | null {
  if (!Array.isArray(details)) return null;
  for (const detail of details) {
    const seconds = /^(\d+(?:[.]\d+)?)s$/.exec(String(objectOf(detail).retryDelay ?? ""))?.[1];
    if (seconds !== undefined) return Number(seconds) * 1000;
  }
  return null;
}

/** A page's title says what it is; without one its text does. */
function pageText(body: string): string {
  const start = body.slice(0, LONGEST_READ);
  const title = /<title[^>]*>([^<]*)/i.exec(start)?.[1];
  return title?.trim()
    ? title
    : start.replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

/** Of a list its first: some answer with a list of one. */
function objectOf(value: unknown): Record<string, unknown> {
  const one = Array.isArray(value) ? value[0] : value;
  return typeof one === "object" && one !== null && !Array.isArray(one)
    ? (one as Record<string, unknown>)
    : {};
}

/** On one line, without what a terminal would obey. */
export function tidy(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
}

function shortened(text: string): string {
  return tidy(text.slice(0, LONGEST_READ)).slice(0, LONGEST_MESSAGE).toWellFormed();
}
