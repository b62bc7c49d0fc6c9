import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempDisposableSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { runProgram } from "./run-program.ts";

const BUNDLED = `node-linux-${process.arch}`;
const TOOLS = ["sh", "readlink", "uname"];

/** Says what it was started with, and ends with the exit code it is given; "wait" waits for a signal. */
const STAND_IN = `
const given: string[] = process.argv.slice(2);
if (given[0] === "wait") {
  process.on("SIGTERM", () => process.exit(7));
  setInterval(() => undefined, 1000);
} else process.exitCode = Number(given[0] ?? 0);
console.log(JSON.stringify({ pid: process.pid, program: process.argv[1], cwd: process.cwd(), given }));
`;

test("a checkout runs its sources from any folder, through links, with spaces in its path", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  const root = join(place.path, "my check out");
  put(join(root, "cli/main.ts"), STAND_IN);
  launcherIn(root);
  bundleNode(join(root, "node_modules"));
  symlinkSync("../cli/assay", join(root, "node_modules/assay"));
  symlinkSync(join(root, "node_modules/assay"), join(place.path, "twice linked"));
  const ended = await runProgram(join(place.path, "twice linked"), ["5", "two words"], { cwd: "/" });
  expect(ended).toMatchObject({ code: 5, stderr: "" });
  const said = JSON.parse(ended.stdout);
  expect(said).toMatchObject({ program: join(root, "cli/main.ts"), cwd: "/", given: ["5", "two words"] });
});

test("an installed package runs its JavaScript under the Node that npm put beside it", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  const modules = join(place.path, "node_modules");
  put(join(modules, "assay/dist/cli/main.js"), STAND_IN.replace(": string[]", ""));
  launcherIn(join(modules, "assay"));
  bundleNode(modules);
  mkdirSync(join(modules, ".bin"));
  symlinkSync("../assay/cli/assay", join(modules, ".bin/assay"));
  const path = pathWith(place.path, { node: "#!/bin/sh\necho 20.1.0\n" });
  const ended = await runProgram(join(modules, ".bin/assay"), [], { env: { PATH: path } });
  expect(JSON.parse(ended.stdout).program).toBe(join(modules, "assay/dist/cli/main.js"));
});

test("signals reach the program, which has the launcher's own process", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  put(join(place.path, "cli/main.ts"), STAND_IN);
  launcherIn(place.path);
  bundleNode(join(place.path, "node_modules"));
  const started = spawn(join(place.path, "cli/assay"), ["wait"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(started, "exit");
  const [line] = await once(createInterface({ input: started.stdout }), "line");
  expect(JSON.parse(line).pid).toBe(started.pid);
  started.kill("SIGTERM");
  expect(await ended).toEqual([7, null]);
});

test("a Node on PATH is taken where npm has none for the platform, if it is new enough", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  put(join(place.path, "dist/cli/main.js"), STAND_IN.replace(": string[]", ""));
  launcherIn(place.path);
  const launcher = join(place.path, "cli/assay");
  const own = pathWith(place.path, { node: `#!/bin/sh\nexec "${process.execPath}" "$@"\n` });
  expect(await runProgram(launcher, ["4"], { env: { PATH: own } })).toMatchObject({ code: 4, stderr: "" });
  const old = pathWith(place.path, { node: "#!/bin/sh\necho 22.9.0\n" });
  expect(await runProgram(launcher, [], { env: { PATH: old } })).toEqual({
    code: 3,
    stdout: "",
    stderr:
      "assay needs Node 24 or newer, and found 22.9.0 on PATH: install Node 24 or newer and start again.\n",
  });
});

test("a checkout runs with nothing on PATH, and by a bare name in its own folder", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  put(join(place.path, "cli/main.ts"), STAND_IN);
  launcherIn(place.path);
  bundleNode(join(place.path, "node_modules"));
  const ended = await runProgram(join(place.path, "cli/assay"), ["6"], { env: { PATH: "/nowhere" } });
  expect(ended).toMatchObject({ code: 6, stderr: "" });
  const bare = await runProgram("sh", ["assay", "7"], { cwd: join(place.path, "cli") });
  expect(bare).toMatchObject({ code: 7, stderr: "" });
});

test("a checkout that was not set up says how to do that", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-launcher-"));
  put(join(place.path, "cli/main.ts"), STAND_IN);
  put(join(place.path, "package-lock.json"), "{}");
  launcherIn(place.path);
  const ended = await runProgram(join(place.path, "cli/assay"), []);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toBe(
    `assay is not set up yet: run \`make setup\` in ${place.path} and start again.\n`,
  );
});

function put(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function launcherIn(root: string): void {
  mkdirSync(join(root, "cli"), { recursive: true });
  copyFileSync(join(packageRoot, "cli/assay"), join(root, "cli/assay"));
}

function bundleNode(modules: string): void {
  mkdirSync(join(modules, BUNDLED, "bin"), { recursive: true });
  symlinkSync(process.execPath, join(modules, BUNDLED, "bin/node"));
}

/** A PATH that holds the launcher's tools and the given scripts only. */
function pathWith(place: string, scripts: Record<string, string>): string {
  const folder = join(place, `path-${Object.values(scripts).join().length}`);
  mkdirSync(folder);
  for (const tool of TOOLS) symlinkSync(join("/bin", tool), join(folder, tool));
  for (const [name, content] of Object.entries(scripts)) {
    put(join(folder, name), content);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
