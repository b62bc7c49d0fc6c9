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

/** Columns as wide as their widest cell; numbers are right-aligned. */
export function table(header: string[], rows: string[][]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const isNumber = (column: number) => rows.every((row) => /^[-$\d.,% ]*$/.test(row[column]!));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}

/** The command that was typed, to be typed again in the same folder, with other flags behind it. */
export function typedCommand(argv: readonly string[], ...more: string[]): string {
  const quoted = [...argv, ...more].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return ["assay", ...quoted].join(" ");
}
