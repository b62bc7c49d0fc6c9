import { createRequire } from "node:module";

/** Counts tokens and cuts a text to a number of them. */
export type Tokenizer = {
  count(text: string): number;
  /** Whether each word of words.ts, with the space before it, is one token, and so is a full stop. */
  wordIsToken: boolean;
  /** A beginning of `text` with at most `tokens` tokens: the whole where it fits, else about as much as fits. */
  cut(text: string, tokens: number): string;
  /** The text in pieces of about one token. */
  split(text: string): string[];
};

export type TokenizerName = "o200k" | "bytes";

/** `o200k` is the encoding of the gpt-4o family; `bytes` says one token for four bytes of UTF-8, at almost no cost. */
export function tokenizerOf(name: TokenizerName): Tokenizer {
  return name === "bytes" ? BYTES : O200K;
}

const BYTES_PER_TOKEN = 4;

const BYTES: Tokenizer = {
  wordIsToken: false,
  count: (text) => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN),
  cut(text, tokens) {
    const bytes = Buffer.from(text);
    let end = Math.min(bytes.length, tokens * BYTES_PER_TOKEN);
    // A byte of the form 10xxxxxx continues a character: step back to the start of that character.
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
    return bytes.toString("utf8", 0, end);
  },
  split: (text) => text.match(/[\s\S]{1,4}/gu) ?? [],
};

const PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

const O200K: Tokenizer = {
  wordIsToken: true,
  count: (text) => pieces(text).reduce((sum, piece) => sum + o200k().countTokens(piece, PLAIN_TEXT), 0),
  // By trial, since gpt-tokenizer's decode keeps the rest of a cut character and puts it before the next text.
  cut(text, tokens) {
    if (O200K.count(text) <= tokens) return text;
    let fits = 0;
    let over = Math.min(text.length, tokens * LONGEST_TOKEN) + 1;
    while (over - fits > 1) {
      const middle = (fits + over) >> 1;
      if (O200K.count(text.slice(0, middle)) <= tokens) fits = middle;
      else over = middle;
    }
    const splitsPair = fits < text.length && (text.charCodeAt(fits - 1) & 0xfc00) === 0xd800;
    return text.slice(0, splitsPair ? fits - 1 : fits);
  },
  split: (text) => o200kTokens(text).map((token) => o200k().decode([token])),
};

function o200kTokens(text: string): number[] {
  return pieces(text).flatMap((piece) => o200k().encode(piece, PLAIN_TEXT));
}

const LONGEST_TOKEN = 128;
const LONG_RUN = /\S{512}|\s{512}/;

/** The encoder takes quadratic time in an unbroken run of characters, so texts with very long runs are cut first. */
function pieces(text: string): string[] {
  return text.length < 512 || !LONG_RUN.test(text) ? [text] : (text.match(/[\s\S]{1,512}/gu) ?? []);
}

type O200k = typeof import("gpt-tokenizer/encoding/o200k_base");
const require = createRequire(import.meta.url);
let loaded: O200k | undefined;

/** The encoding's table takes 75 MB and 0.3 s to load, so it is loaded by the first who counts with it. */
function o200k(): O200k {
  loaded ??= require("gpt-tokenizer/encoding/o200k_base") as O200k;
  return loaded;
}
