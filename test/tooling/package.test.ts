import {
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
  expect(await useLibrary(place.path)).toBe("generate judge several UserError");
  for (const [source, started] of Object.entries(await modulesOf(installed)))
    expect(existsSync(started), `${source} is started as ${started}`).toBe(true);
});

const CONSUMER = `import { again, AssayError, generate, judge, reannotate, several } from "assay";
const rows = [{ instruction: "Say one.", mine: 1 }];
const parse = ({ mine }: { mine: number }, { text }: { text: string }) =>
  text === "" ? again("Say something.") : several([mine]);
export async function use(): Promise<number[]> {
  const found: number[] = [];
  for await (const out of reannotate<{ instruction: string; mine: number }, number>({ rows, folder: "x", parse, max_cost: 1 }))
    if (out.ok) found.push(out.value + out.input.mine);
  // @ts-expect-error a field that no message has
  reannotate({ rows, folder: "x", max_costs: 1 });
  return found;
}
console.log([generate, judge, several, AssayError].map(({ name }) => name).join(" "));
`;

/** The library as a program of somebody else has it: its types, and what is imported. */
async function useLibrary(place: string): Promise<string> {
  writeFileSync(join(place, "package.json"), '{"type": "module"}');
  writeFileSync(join(place, "consumer.ts"), CONSUMER);
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--skipLibCheck"];
  const tsc = join(packageRoot, "node_modules/.bin/tsc");
  const types = await runProgram(tsc, [...flags, "--types", "node", "consumer.ts"], { cwd: place });
  expect(types, types.stdout).toMatchObject({ code: 0 });
  const { stdout, stderr } = await runProgram(process.execPath, ["consumer.ts"], { cwd: place });
  expect(stderr).toBe("");
  return stdout.trim();
}

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
