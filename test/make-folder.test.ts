import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../shared/installation/make-folder.ts";
import { skipUnless } from "./support/skip-unless.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-folders-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder is made with all above it, once or several times at once", async () => {
  const deep = join(folder, "a/b/c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, "a/b/d"))]);
  await makeFolder(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
});

test("every folder that is made has the mode that was asked for", async () => {
  await makeFolder(join(folder, "secret/inner"), 0o700);
  expect((await stat(join(folder, "secret"))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "secret/inner"))).mode & 0o777).toBe(0o700);
});

test("a file in the way is said, not passed over", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file"))).rejects.toThrow("EEXIST");
  await expect(makeFolder(join(folder, "file/below"))).rejects.toThrow("ENOTDIR");
});

test("the root, and a relative path, are folders too", async () => {
  await makeFolder("/");
  await mkdir(join(folder, "there"));
  await makeFolder(join(folder, "there", "..", "there"));
});

test.skipIf(
  skipUnless(existsSync("/proc/self"), "this system has no /proc, in which nobody can make a folder"),
)("a file system in which no folder can be made is said, and not tried for ever", async () => {
  await expect(makeFolder("/proc/assay/output")).rejects.toThrow("ENOENT");
});
