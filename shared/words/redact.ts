const PLACEHOLDERS = ["[redacted]", "***", "█", ""];

/**
 * The text with every secret replaced, also where it stands JSON-escaped or URL-encoded. No secret is ever in the
 * result, whatever the secrets are: where no placeholder achieves that, the result is empty. White space is no secret.
 */
export function redact(text: string, secrets: Iterable<string>): string {
  const forms = [...new Set([...secrets].filter((secret) => secret.trim() !== "").flatMap(formsOf))];
  if (!forms.some((form) => text.includes(form))) return text;
  for (const placeholder of PLACEHOLDERS) {
    const clean = replaceRanges(text, rangesOf(text, forms), placeholder);
    // A placeholder may itself hold or complete a (very short) secret.
    if (!forms.some((form) => clean.includes(form))) return clean;
  }
  return "";
}

function formsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
}

type Range = [start: number, end: number];

/** Where secrets stand, overlapping ones joined, in order. */
function rangesOf(text: string, forms: string[]): Range[] {
  const found: Range[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
      found.push([at, at + form.length]);
  }
  found.sort((a, b) => a[0] - b[0]);
  const joined: Range[] = [];
  for (const [start, end] of found) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

function replaceRanges(text: string, ranges: Range[], placeholder: string): string {
  let clean = "";
  let from = 0;
  for (const [start, end] of ranges) {
    clean += text.slice(from, start) + placeholder;
    from = end;
  }
  return clean + text.slice(from);
}
