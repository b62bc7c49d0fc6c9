const LABEL = /^(type|rationale|rating)[ \t*_]{0,6}:[ \t*_]{0,6}/i;
const LABEL_CHARACTERS = 40;
const SHOWN_CHARACTERS = 40;

/** Of Markdown: headings, emphasis, code, quotes, list items. */
const MARKS = new Set(" \t*_#>`~-");
const EMPHASIS = new Set(" \t*_`");

/** A line without blanks and Markdown at its ends. */
export function bare(line: string): string {
  return stripped(line.trim(), MARKS);
}

/** A value without blanks and emphasis around it; signs stay. */
function plainValue(value: string): string {
  return stripped(value.trim(), EMPHASIS);
}

/** As `plainValue`, also without the brackets or quotes that forms like `Rating: [rating]` mislead to. */
export function unwrappedValue(value: string): string {
  const plain = plainValue(value);
  const ends = plain.length > 1 ? `${plain[0]}${plain.at(-1)}` : "";
  return ends === "[]" || ends === '""' ? plainValue(plain.slice(1, -1)) : plain;
}

/** As `unwrappedValue`, also without a full stop behind it. */
export function ratingValue(value: string): string {
  const text = unwrappedValue(value);
  return text.endsWith(".") ? unwrappedValue(text.slice(0, -1)) : text;
}

/** The label at the beginning of a line, in lower case, and what stands behind its colon. */
export function labelIn(line: string): { name: string; value: string } | undefined {
  const start = firstNot(line, MARKS);
  const found = LABEL.exec(line.slice(start, start + LABEL_CHARACTERS));
  if (!found) return undefined;
  return { name: found[1]!.toLowerCase(), value: line.slice(start + found[0].length) };
}

/** The beginning of a piece of a reply, for a sentence. */
export function quoted(text: string): string {
  const short = text.trim();
  return JSON.stringify(
    short.length > SHOWN_CHARACTERS ? `${short.slice(0, SHOWN_CHARACTERS - 3).toWellFormed()}...` : short,
  );
}

function stripped(text: string, set: ReadonlySet<string>): string {
  const start = firstNot(text, set);
  let end = text.length;
  while (end > start && set.has(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function firstNot(text: string, set: ReadonlySet<string>): number {
  let at = 0;
  while (at < text.length && set.has(text[at]!)) at++;
  return at;
}
