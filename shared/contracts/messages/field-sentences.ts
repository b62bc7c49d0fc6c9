/** For zod's `error`: `name is value: give what.` */
export function saying(name: string, wayOut: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `${name} is ${shown(input)}: ${wayOut}.`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
