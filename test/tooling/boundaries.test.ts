import { copyFileSync, mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { type Ended, runProgram } from "./run-program.ts";

/** A small project that keeps every rule. */
const SOUND: Record<string, string> = {
  "shared/contracts/chunk.ts":
    'import { z } from "zod";\nexport const Chunk = z.string();\nexport type Chunk = string;',
  "shared/runtime/broker.ts": 'export { connect } from "@nats-io/transport-node";',
  "shared/runtime/process/config.ts": "export const home = process.env.HOME;",
  "services/judge/main.ts":
    'import { home } from "../../shared/runtime/process/config.ts";\nawait using file = await import("./judge.ts");\nconsole.log(home, file);',
  "services/judge/judge.ts":
    'import type { Chunk } from "../../shared/contracts/chunk.ts";\nexport type Judged = Chunk;',
  "services/coordinator/kinds/row/row-kind.ts":
    'export const row = { exporter: async () => (await import("./export-row.ts")).exportRow };',
  "services/coordinator/kinds/row/export-row.ts": "export const exportRow = 1;",
  "services/dispatcher/main.ts": "export type Sent = number;\nexport const sent: Sent = 1;",
  "cli/main.ts": 'import { sent } from "../services/dispatcher/main.ts";\nconsole.log(sent);',
};

test("a sound project passes, with every one of its modules counted", async () => {
  const ended = await check({});
  expect(ended).toEqual({
    code: 0,
    stderr: "",
    stdout: "Boundaries: 9 modules, no import that is not allowed.\n",
  });
});

test.each([
  [
    "a service that imports another",
    "services/judge/judge.ts",
    'export { sent } from "../dispatcher/main.ts";',
    "services-never-import-each-other",
  ],
  [
    "a service that imports only a type of another",
    "services/judge/judge.ts",
    'import type { Sent } from "../dispatcher/main.ts";\nexport type Judged = Sent;',
    "services-never-import-each-other",
  ],
  [
    "a service that imports the command",
    "services/judge/judge.ts",
    'await import("../../cli/main.ts");',
    "services-stand-alone",
  ],
  [
    "shared code that imports a service",
    "shared/more.ts",
    'export * from "../services/judge/judge.ts";',
    "shared-knows-no-user-of-it",
  ],
  [
    "a service that speaks NATS itself",
    "services/judge/judge.ts",
    'export { connect } from "@nats-io/transport-node";',
    "only-the-runtime-knows-nats",
  ],
  [
    "a contract that needs the runtime",
    "shared/contracts/chunk.ts",
    'export { home as Chunk } from "../runtime/config.ts";',
    "contracts-need-only-zod",
  ],
  [
    "a contract that needs a package",
    "shared/contracts/chunk.ts",
    'import { parse } from "yaml";\nexport const Chunk = parse("1");',
    "contracts-need-only-zod",
  ],
  [
    "a kind of job that loads its exporter at once",
    "services/coordinator/kinds/echo/echo-kind.ts",
    'import { exportEcho } from "./export-echo.ts";\nexport const echo = { exporter: async () => exportEcho };',
    "parts-of-a-kind-are-loaded-when-wanted",
    "services/coordinator/kinds/echo/export-echo.ts",
    "export const exportEcho = 1;",
  ],
  [
    "modules that run each other",
    "services/dispatcher/send.ts",
    'import "./again.ts";\nexport const a = 1;',
    "no-cycles",
    "services/dispatcher/again.ts",
    'import "./send.ts";',
  ],
  [
    "modules that need each other's types",
    "services/dispatcher/send.ts",
    'import type { B } from "./again.ts";\nexport type A = B | 1;',
    "no-cycles",
    "services/dispatcher/again.ts",
    'import type { A } from "./send.ts";\nexport type B = A | 2;',
  ],
  [
    "an import that leads nowhere",
    "services/judge/judge.ts",
    'export * from "./gone.ts";',
    "no-missing-module",
  ],
  [
    "shipped code that needs a development dependency",
    "shared/more.ts",
    'export { test } from "vitest";',
    "shipped-code-needs-real-dependencies",
  ],
  [
    "the environment read elsewhere",
    "services/judge/judge.ts",
    "export const key = process.env.KEY;",
    "reads the environment",
  ],
])("%s is refused", async (_name, file, content, rule, otherFile = file, otherContent = content) => {
  const ended = await check({ [file]: content, [otherFile]: otherContent });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(rule);
});

test("a folder without any module is no success", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-boundaries-"));
  expect((await runCheck(place.path)).stderr).toBe(
    "No modules were found: is this the root of the project?\n",
  );
});

/** Runs the project's own check on the sound project with some files put in or over it. */
async function check(changes: Record<string, string>): Promise<Ended> {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-boundaries-"));
  for (const [file, content] of Object.entries({ ...SOUND, ...changes })) {
    mkdirSync(dirname(join(place.path, file)), { recursive: true });
    writeFileSync(join(place.path, file), `${content}\n`);
  }
  copyFileSync(join(packageRoot, "package.json"), join(place.path, "package.json"));
  symlinkSync(join(packageRoot, "node_modules"), join(place.path, "node_modules"));
  return await runCheck(place.path);
}

function runCheck(cwd: string): Promise<Ended> {
  return runProgram(process.execPath, [join(packageRoot, ".ci/boundaries.ts")], { cwd });
}
