import { mkdirSync, mkdtempDisposableSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { runProgram } from "./run-program.ts";

const IMPORT = 'import { expect, test } from "vitest";\n';

test.each([
  [
    "passed and skipped ones",
    { a: 'test("1", () => {}); test("2", () => {}); test.skip("3", () => {});' },
    "2 0 1",
  ],
  [
    "failed ones, over several modules",
    { a: 'test("1", () => expect(1).toBe(2));', b: 'test("2", () => {});' },
    "1 1 0",
  ],
  [
    "a module that does not load as a failure",
    { a: 'throw new Error("no");', b: 'test("2", () => {});' },
    "1 1 0",
  ],
  [
    "an error outside of all tests as a failure",
    { a: 'test("1", () => { Promise.reject(new Error("lost")); });' },
    "1 1 0",
  ],
])("the tally counts %s", async (_name, modules, counted) => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-tally-"));
  symlinkSync(join(packageRoot, "node_modules"), join(place.path, "node_modules"));
  mkdirSync(join(place.path, "tests"));
  for (const [name, content] of Object.entries(modules))
    writeFileSync(join(place.path, `tests/${name}.test.ts`), IMPORT + content);
  const vitest = join(packageRoot, "node_modules/vitest/vitest.mjs");
  const reporter = join(packageRoot, "test/tooling/tally-reporter.ts");
  const tally = join(place.path, "tally");
  const ended = await runProgram(
    process.execPath,
    [vitest, "run", "--root", place.path, "--maxWorkers=1", `--reporter=${reporter}`],
    { env: { PATH: process.env.PATH ?? "", ASSAY_TALLY: tally } },
  );
  expect(readFileSync(tally, "utf8")).toBe(`${counted}\n`);
  expect(ended.code).toBe(counted.split(" ")[1] === "0" ? 0 : 1);
});
