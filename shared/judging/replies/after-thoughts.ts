const OPENINGS = ["<think>", "<thinking>"];
const CLOSINGS = ["</think>", "</thinking>"];

/**
 * A reply without the thoughts that stand before it between `<think>` and `</think>`. Where a model's chat template has
 * opened them, the reply has only their end, once. Thoughts that never end are
 * all of the reply: it was cut off.
 */
export function afterThoughts(text: string): string {
  let rest = text.trim();
  let opening = openingOf(rest);
  if (opening < 0) return withoutTemplateThoughts(rest);
  while (opening >= 0) {
    const end = rest.indexOf(CLOSINGS[opening]!);
    if (end < 0) return "";
    rest = rest.slice(end + CLOSINGS[opening]!.length).trim();
    opening = openingOf(rest);
  }
  return rest;
}

const openingOf = (text: string) => OPENINGS.findIndex((tag) => text.startsWith(tag));

function withoutTemplateThoughts(text: string): string {
  for (const [at, closing] of CLOSINGS.entries()) {
    const end = text.indexOf(closing);
    if (end < 0 || text.includes(OPENINGS[at]!) || text.indexOf(closing, end + 1) >= 0) continue;
    return text.slice(end + closing.length).trim();
  }
  return text;
}
