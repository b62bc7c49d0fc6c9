import { describe, expect, test } from "vitest";
import type { AssayCommand } from "../../cli/flags/command-line.ts";
import { buildProgram } from "../../cli/program.ts";
import { table } from "../../cli/view/terminal.ts";

const all = (command: AssayCommand): AssayCommand[] => [
  command,
  ...command.commands.flatMap((one) => all(one as AssayCommand)),
];
const pathOf = (command: AssayCommand): string =>
  command.parent ? `${pathOf(command.parent as AssayCommand)} ${command.name()}` : command.name();
const commands = all(buildProgram([])).map((command) => [pathOf(command), command] as const);

describe("help", () => {
  test.each(commands)("of %s fits 80 columns, and says of each flag what it is", (_, command) => {
    const help = command.helpInformation();
    expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const unsaid = command.options.filter(({ description, hidden }) => description === "" && !hidden);
    expect(unsaid.map(({ flags }) => flags)).toEqual([]);
  });
});

describe("a table", () => {
  const row = ["0123456789abcdef", "completed", "2,017", "/data/somewhere/far/away/instructions.jsonl"];

  test("is as wide as it must be where no terminal shows it", () => {
    expect(table(["job", "state", "rows", "dataset"], [row], undefined).split("\n")[1]).toBe(row.join("  "));
  });

  test("keeps ids whole, and folds the last columns where cutting texts does not help", () => {
    const [head, first, folded, ...rest] = table(["job", "state", "rows", "dataset"], [row, row], 40).split(
      "\n",
    );
    expect(head).toBe("job               state       rows");
    expect(first).toBe("0123456789abcdef  completed  2,017");
    expect(folded).toMatch(/^ {4}dataset: \S*….*s\.jsonl$/);
    expect(folded!.length).toBeLessThanOrEqual(40);
    expect(rest).toHaveLength(2);
  });

  test("is cut in the middle of its widest texts where a terminal does, numbers stay whole", () => {
    for (const width of [75, 60, 50]) {
      const lines = table(["job", "state", "rows", "dataset"], [row, row], width).split("\n");
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines[1]).toMatch(/ {2}2,017 {2}\S*….*s\.jsonl$/);
    }
  });
});
