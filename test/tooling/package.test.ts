import { existsSync, mkdirSync, mkdtempDisposableSync, readdirSync, renameSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { moduleOf, packageRoot } from "../../shared/installation/package-root.ts";
import { runProgram } from "./run-program.ts";

const STARTED = [
  "cli/main.ts",
  ...readdirSync(join(packageRoot, "services")).map((service) => `services/${service}/main.ts`),
];
const NOT_STARTED = /(^|\/)(test|bench|node_modules|\.[^/]+)(\/|$)|^(services|shared)\/|(?<!\.d)\.ts$/;

test("in a checkout a module is started from its source", () => {
  for (const file of ["package.json", ...STARTED]) expect(existsSync(join(packageRoot, file))).toBe(true);
  expect(moduleOf("cli/main.ts")).toBe(join(packageRoot, "cli/main.ts"));
});

test("the packed tarball holds what an installed assay needs, and its command starts", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-package-"));
  const packed = await runProgram("npm", ["pack", "--json", "--pack-destination", place.path], {
    cwd: packageRoot,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? place.path },
  });
  expect(packed, packed.stderr + packed.stdout).toMatchObject({ code: 0 });
  const installed = await install(place.path);

  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => NOT_STARTED.test(file))).toEqual([]);
  for (const file of [
    "cli/assay",
    "deploy/nats.conf",
    "deploy/setup/find-nats-server.sh",
    "LICENSE",
    "README.md",
  ])
    expect(files).toContain(file);

  const { code, stdout, stderr } = await runProgram(join(place.path, "node_modules/.bin/assay"), ["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Usage: assay/);
  for (const [source, started] of Object.entries(await modulesOf(installed)))
    expect(existsSync(started), `${source} is started as ${started}`).toBe(true);
});

/** What `npm install` of the tarball leaves, with the checkout's own packages in place of downloaded ones. */
async function install(place: string): Promise<string> {
  const modules = join(place, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  const tarball = readdirSync(place).find((file) => file.endsWith(".tgz"))!;
  const unpacked = await runProgram("tar", ["xzf", tarball], { cwd: place });
  expect(unpacked).toMatchObject({ code: 0 });
  renameSync(join(place, "package"), join(modules, "assay"));
  symlinkSync("../assay/cli/assay", join(modules, ".bin/assay"));
  for (const name of readdirSync(join(packageRoot, "node_modules")))
    if (!name.startsWith(".")) symlinkSync(join(packageRoot, "node_modules", name), join(modules, name));
  return join(modules, "assay");
}

/** What the installed package's own moduleOf says of everything that is started as a process. */
async function modulesOf(installed: string): Promise<Record<string, string>> {
  const root = pathToFileURL(join(installed, "dist/shared/installation/package-root.js"));
  const built = (await import(root.href)) as { moduleOf: typeof moduleOf; packageRoot: string };
  expect(built.packageRoot).toBe(installed);
  expect(dirname(built.moduleOf("cli/main.ts"))).toBe(join(installed, "dist/cli"));
  return Object.fromEntries(STARTED.map((source) => [source, built.moduleOf(source)]));
}
