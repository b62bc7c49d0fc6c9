/** Results, for a person or a program: standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What goes on meanwhile: standard error, so that results can be piped. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0));
}

const GAP = "  ";
/** No cell is cut to less. */
const NARROWEST = 12;

/**
 * Columns as wide as their widest cell; numbers are right-aligned.
 * @param fit so many characters a line, as far as cutting texts in their middle helps; a terminal's width unless given,
 * and any where the table is read by a program
 */
export function table(header: string[], rows: string[][], fit = process.stdout.columns): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const isNumber = header.map((_, column) => rows.every((row) => /^[-$\d.,% ]*$/.test(row[column]!)));
  if (fit !== undefined) narrow(widths, isNumber, fit);
  const line = (cells: string[]) =>
    cells
      .map((text, column) => {
        const cell = cut(text, widths[column]!);
        return isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      })
      .join(GAP)
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}

/** Takes from the widest column of texts, again and again, what is too much. */
function narrow(widths: number[], isNumber: boolean[], fit: number): void {
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - fit;
    const texts = widths.map((width, column) => (isNumber[column] ? 0 : width));
    const widest = texts.indexOf(Math.max(...texts));
    if (over <= 0 || widths[widest]! <= NARROWEST) return;
    widths[widest] = Math.max(NARROWEST, widths[widest]! - Math.ceil(over / 2));
  }
}

/** The end of a path or name says more than its middle. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.ceil((width - 1) * 0.7);
  return `${text.slice(0, width - 1 - end)}…${text.slice(-end)}`;
}

/** The command that was typed, to be typed again in the same folder, with other flags behind it. */
export function typedCommand(argv: readonly string[], ...more: string[]): string {
  const quoted = [...argv, ...more].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return ["assay", ...quoted].join(" ");
}
