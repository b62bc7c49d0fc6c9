import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { runProgram } from "./run-program.ts";

const scripts = ["cli/assay", ".ci/run", ...globSync("deploy/**/*.sh", { cwd: packageRoot })].sort();
const hasShellcheck = await runProgram("shellcheck", ["--version"]).then(
  () => true,
  () => false,
);

test.skipIf(skipUnless(hasShellcheck, "shellcheck is not installed"))(
  "shellcheck finds no fault in any shell script",
  async () => {
    expect(await runProgram("shellcheck", scripts, { cwd: packageRoot })).toMatchObject({
      code: 0,
      stdout: "",
    });
  },
);

test.each(scripts)("%s is read without a fault by the shell that runs it", async (script) => {
  const shell = script === ".ci/run" ? "bash" : "sh";
  expect(await runProgram(shell, ["-n", script], { cwd: packageRoot })).toMatchObject({
    code: 0,
    stderr: "",
  });
});
