import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guardedPath } from "../../services/coordinator/path-guard.ts";

let base: string;
let roots: string[];

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "assay-paths-"));
  roots = [join(base, "one"), join(base, "two")];
  for (const folder of [...roots, join(base, "other"), join(base, "one-more"), join(base, "one", "inner")]) {
    mkdirSync(folder);
  }
  symlinkSync(join(base, "other"), join(base, "one", "out"));
  symlinkSync(join(base, "two"), join(base, "one", "across"));
  symlinkSync(join(base, "other", "not-there-yet"), join(base, "one", "dangling"));
  symlinkSync("..", join(base, "one", "up"));
  symlinkSync(join(base, "one"), join(base, "other", "back"));
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ["a name", "d.jsonl", "one/d.jsonl"],
  ["the root itself", ".", "one"],
  ["a way down and up again", "inner/../d.jsonl", "one/d.jsonl"],
  ["folders that do not exist yet", "a/b/c", "one/a/b/c"],
  ["a name that only begins with dots", "..d/x", "one/..d/x"],
  ["a link from one root into another", "across/x", "one/across/x"],
  ["an absolute path into any root", "/two/x", "two/x"],
  ["an absolute path that leads into a root by a link", "/other/back/x", "other/back/x"],
])("%s is allowed", async (_what, path, expected) => {
  const given = path.startsWith("/") ? join(base, path) : path;
  expect(await guardedPath("dataset", given, roots, false)).toBe(join(base, expected));
});

test.each([
  ["the folder above", ".."],
  ["a folder beside", "../other/x"],
  ["a folder beside whose name begins with the root's", "../one-more/x"],
  ["another absolute path", "/etc/passwd"],
  ["a link that leads out", "out/x"],
  ["a link that leads out, to what does not exist yet", "out/a/b"],
  ["a link that dangles outside", "dangling"],
  ["a link upwards", "up/other"],
])("%s is refused, unless it is granted", async (_what, path) => {
  await expect(guardedPath("save_dir", path, roots, false)).rejects.toThrow(
    `save_dir ${path} lies outside of the data roots (${roots.join(", ")})`,
  );
  expect(await guardedPath("save_dir", path, roots, true)).toMatch(/^\//);
});
