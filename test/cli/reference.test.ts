import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AssayCommand } from "../../cli/flags/command-line.ts";
import { referenceOf, withReference } from "../../cli/flags/reference.ts";
import { buildProgram } from "../../cli/program.ts";

const page = readFileSync(new URL("../../docs/command.md", import.meta.url), "utf8");

test("docs/command.md has every command and flag as the program has them (else: npm run reference)", () => {
  expect(page).toBe(withReference(page, buildProgram([])));
});

function program() {
  const assay = new AssayCommand("assay");
  for (const name of ["one", "two"]) {
    const command = assay.command(name).description(`Does ${name}.`);
    command.optionsGroup("Pace:").option("--speed <number>", "how fast", "3");
    command.optionsGroup("Own:").option(`--${name}`, "its own");
  }
  return assay;
}

test("flags that several commands have in the same words stand once", () => {
  const reference = referenceOf(program());
  expect(reference.split("- `--speed <number>`: how fast (default: 3)")).toHaveLength(2);
  expect(reference).toContain("### `assay one`\n\nDoes one.\n\n*Own*\n\n- `--one`: its own");
  expect(reference.split("Flags of several commands: [Pace](#pace).")).toHaveLength(3);
});

test("a page without the marks is refused, and what stands around them is kept", () => {
  expect(() => withReference("# Nothing", program())).toThrow(/needs the lines/);
  const other = withReference(page, program());
  expect(other.slice(0, 100)).toBe(page.slice(0, 100));
  expect(other).not.toContain("### `assay reannotate`");
});
