import type { TokenizerName } from "../annotator.ts";
import { mediaTokens } from "../media-tokens.ts";
import { estimateTokens } from "./token-estimate.ts";

/** A message of a chat; values that are no text (content parts, tool calls) count as their JSON, images by the piece. */
export type ChatMessage = Readonly<Record<string, unknown>>;

/** Counts the tokens of a text. Never throws; text that looks like a special token is plain text. */
export type Tokenizer = (text: string) => number;

const PER_MESSAGE = 4;
const PER_CHAT = 2;
/** Words not in the vocabulary whose tokens are remembered; bounds memory to a few megabytes. */
const REMEMBERED_WORDS = 4_000;
/** Byte pair encoding takes quadratic time in a run's length: longer ones are counted in pieces, a few percent off. */
const RUN = 64;
const LONG_RUN = /[\p{L}\p{M}]{64,}|[^\s\p{L}\p{N}]{64,}|\s{64,}/gu;
const PIECE = /.{1,64}/gsu;

const loaded = new Map<TokenizerName, Promise<Tokenizer>>();

/** The tokenizer of that name. Its vocabulary (some 50 MB of memory) is loaded on first use, once a process. */
export function loadTokenizer(name: TokenizerName): Promise<Tokenizer> {
  let tokenizer = loaded.get(name);
  if (!tokenizer) {
    tokenizer = load(name);
    loaded.set(name, tokenizer);
  }
  return tokenizer;
}

/** Prompt tokens of a chat: 4 a message and the tokens of each of its values, and 2 for the chat. */
export function countChatTokens(messages: Iterable<ChatMessage>, count: Tokenizer): number {
  let tokens = PER_CHAT;
  for (const message of messages) {
    tokens += PER_MESSAGE;
    for (const value of Object.values(message)) tokens += countValue(value, count);
  }
  return tokens;
}

function countValue(value: unknown, count: Tokenizer): number {
  if (!Array.isArray(value)) return count(textOf(value));
  const media = value.map(mediaTokens);
  const text = media.includes(undefined)
    ? count(textOf(value.filter((_, at) => media[at] === undefined)))
    : 0;
  return media.reduce<number>((sum, tokens) => sum + (tokens ?? 0), text);
}

/** Whether a part of it is counted by the piece, so that the sum is no more than an estimate. */
export function hasMedia(messages: Iterable<ChatMessage>): boolean {
  for (const message of messages)
    for (const value of Object.values(message))
      if (Array.isArray(value) && value.some((part) => mediaTokens(part) !== undefined)) return true;
  return false;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : (JSON.stringify(value) ?? "");
}

async function load(name: TokenizerName): Promise<Tokenizer> {
  if (name === "estimate") return estimateTokens;
  const encoding =
    name === "o200k_base"
      ? await import("gpt-tokenizer/encoding/o200k_base")
      : await import("gpt-tokenizer/encoding/cl100k_base");
  encoding.setMergeCacheSize(REMEMBERED_WORDS);
  const plain = { disallowedSpecial: new Set<string>() };
  return (text) => countInPieces(text, (piece) => encoding.countTokens(piece, plain));
}

function countInPieces(text: string, count: Tokenizer): number {
  if (!hasLongRun(text)) return count(text);
  let tokens = 0;
  let from = 0;
  for (const run of text.matchAll(LONG_RUN)) {
    tokens += count(text.slice(from, run.index));
    for (const [piece] of run[0].matchAll(PIECE)) tokens += count(piece);
    from = run.index + run[0].length;
  }
  return tokens + count(text.slice(from));
}

/** Cheap and sometimes wrongly true: whether so many characters stand together, all white space or none of it. */
function hasLongRun(text: string): boolean {
  let start = 0;
  let inSpace = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const space = code === 0x20 || (code >= 0x09 && code <= 0x0d);
    if (space !== inSpace) {
      start = at;
      inSpace = space;
    }
    if (at - start >= RUN - 1) return true;
  }
  return false;
}
