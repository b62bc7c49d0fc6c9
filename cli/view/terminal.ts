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
/** Columns of names that are typed again: a part of one is of no use. */
const WHOLE = new Set(["job", "batch", "replica"]);
const FOLDED = "    ";

/**
 * Columns as wide as their widest cell; numbers are right-aligned.
 * @param fit so many characters a line, by cutting texts in their middle and then by folding the last columns, which
 * stand below their line; a terminal's width unless given, and any where the table is read by a program
 */
export function table(header: string[], rows: string[][], fit = process.stdout.columns): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const isNumber = header.map((_, column) => rows.every((row) => /^[-$\d.,% ]*$/.test(row[column]!)));
  const stays = header.map((title, column) => isNumber[column] || WHOLE.has(title));
  if (fit !== undefined) narrow(widths, stays, fit);
  const line = (cells: string[]) =>
    widths
      .map((width, column) => {
        const cell = cut(cells[column]!, width);
        return isNumber[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  const folded = (cells: string[]) =>
    header.slice(widths.length).map((title, place) => {
      const name = `${FOLDED}${title}: `;
      return name + cut(cells[widths.length + place]!, Math.max(NARROWEST, (fit ?? 0) - name.length));
    });
  return [line(header), ...rows.flatMap((cells) => [line(cells), ...folded(cells)])].join("\n");
}

/** Takes from the widest column of texts, again and again, what is too much; then columns from the end. */
function narrow(widths: number[], stays: boolean[], fit: number): void {
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - fit;
    if (over <= 0 || widths.length === 1) return;
    const texts = widths.map((width, column) => (stays[column] ? 0 : width));
    const widest = texts.indexOf(Math.max(...texts));
    if (texts[widest]! > NARROWEST) {
      widths[widest] = Math.max(NARROWEST, widths[widest]! - Math.ceil(over / 2));
    } else widths.pop();
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
