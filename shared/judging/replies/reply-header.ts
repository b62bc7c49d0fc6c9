import { bare } from "./reply-line.ts";

/** A header is short, so that its pattern never meets a long line. */
const HEADER_CHARACTERS = 80;
const HEADER = /^output for text ([1-9]\d{0,5}) {0,3}:?$/i;
/** A text and its number, in whatever script. */
const NAMES_A_TEXT = /(?:text|response|answer|output)s? {0,3}[#:(]? {0,3}\p{N}/iu;
const ONLY_A_TEXT = /^(?:text|response|answer|output)s? {0,3}[#:(]? {0,3}\p{N}{1,6} {0,3}[):.]{0,2}$/iu;

/** The number in `#### Output for Text 3`, with or without its Markdown; undefined for any other line. */
export function readHeader(line: string): number | undefined {
  const text = headerText(line);
  const found = text === undefined ? null : HEADER.exec(text);
  return found ? Number(found[1]) : undefined;
}

/**
 * Whether a line may have been meant to begin a text's block: a Markdown heading, "output for text" with anything, or a
 * line that only names a text, or does so in bold or before a colon. Below it, a rating may belong to another text.
 */
export function isLikeHeader(line: string): boolean {
  const whole = line.trim();
  if (/^#{1,6}(?:\s|$)/.test(whole.slice(0, 8))) return true;
  const text = headerText(line);
  if (text === undefined) return false;
  if (/^output for text/i.test(text) || ONLY_A_TEXT.test(text)) return true;
  const isSetOff = whole.startsWith("**") || whole.startsWith("__") || whole.endsWith(":");
  return isSetOff && NAMES_A_TEXT.test(text);
}

function headerText(line: string): string | undefined {
  const whole = line.trim();
  return whole.length > HEADER_CHARACTERS ? undefined : bare(whole);
}
