const LETTERS_A_TOKEN = 4;
const SPACES_A_TOKEN = 4;

/**
 * Tokens of a text for a model whose tokenizer is unknown; cheap, and meant to be rather too high than too low:
 * a token for every 4 letters of a word (begun ones count), every digit, every other sign and every 4 white spaces
 * beyond the single blank before a word; outside ASCII one for a character of up to two UTF-8 bytes, else two.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const end = endOfRun(text, at);
    const length = end - at;
    if (isLetter(code)) tokens += Math.ceil(length / LETTERS_A_TOKEN);
    else if (isSpace(code)) tokens += length === 1 && code === 0x20 ? 0 : Math.ceil(length / SPACES_A_TOKEN);
    else tokens += code < 0x800 ? 1 : 2;
    at = end;
  }
  return text === "" ? 0 : Math.max(1, tokens);
}

function endOfRun(text: string, start: number): number {
  const first = text.charCodeAt(start);
  const same = isLetter(first) ? isLetter : isSpace(first) ? isSpace : undefined;
  let end = start + 1;
  while (same && end < text.length && same(text.charCodeAt(end))) end++;
  return end;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
