import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";

/** Ways to skip that say nothing; a test that finds out while it runs calls its context's `skip` with a reason. */
const SILENT = [
  /\.(?:skipIf|runIf)\(\s*(?!\s|skipUnless\(|skips\w*\))/g,
  /\b(?:test|it|describe|suite)\.(?:skip|todo)\(/g,
  /\b(?:x|f)(?:it|describe)\(/g,
  /\bskip\(\)/g,
];

test("no test is skipped in silence", () => {
  const silent = globSync("test/**/*.ts", { cwd: packageRoot })
    .filter((path) => !path.startsWith(join("test", "tooling", "skipped-tests")))
    .flatMap((path) => {
      const text = outsideOfTexts(readFileSync(join(packageRoot, path), "utf8"));
      return SILENT.flatMap((way) =>
        [...text.matchAll(way)].map(({ index }) => `${path}:${lineAt(text, index)}`),
      );
    });
  expect(silent).toEqual([]);
});

/** Tests of test runners hold tests as texts. */
const outsideOfTexts = (text: string) => text.replace(/'[^'\n]*'/g, "''");
const lineAt = (text: string, index: number) => text.slice(0, index).split("\n").length;
