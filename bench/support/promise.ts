/** A line of what a demo was to show: what, how it came out, and whether that is as promised. */
export type PromiseLine = [what: string, value: string | number, holds: boolean];

/**
 * Prints the lines, those that broke the promise with an exclamation mark, and the sentence that follows.
 * @returns 0 when the promise was kept, else 1
 */
export function tellPromise(lines: readonly PromiseLine[], kept: string): number {
  const width = Math.max(...lines.map(([what]) => what.length)) + 1;
  say("");
  for (const [what, value, holds] of lines) say(`${holds ? "  " : "! "}${what.padEnd(width)} ${value}`);
  const holds = lines.every(([, , one]) => one);
  say(`\n${holds ? kept : "The promise was broken: see the lines with an exclamation mark."}`);
  return holds ? 0 : 1;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
