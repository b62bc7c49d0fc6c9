import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DataRoots, guardedPath } from "../../services/coordinator/kinds/path-guard.ts";

let base: string;
let roots: DataRoots;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "assay-paths-"));
  roots = { folders: [join(base, "one"), join(base, "two")], closed: [join(base, "one", "state")] };
  for (const folder of [
    ...roots.folders,
    ...roots.closed,
    join(base, "one", ".assay"),
    join(base, "other"),
    join(base, "one-more"),
    join(base, "one", "inner"),
  ]) {
    mkdirSync(folder);
  }
  symlinkSync(join(base, "other"), join(base, "one", "out"));
  symlinkSync(join(base, "two"), join(base, "one", "across"));
  symlinkSync(join(base, "other", "not-there-yet"), join(base, "one", "dangling"));
  symlinkSync("..", join(base, "one", "up"));
  symlinkSync(".assay", join(base, "one", "state-by-another-name"));
  symlinkSync(join(base, "one"), join(base, "other", "back"));
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ["a name", "d.jsonl", "one/d.jsonl"],
  ["the root itself", ".", "one"],
  ["a way down and up again", "inner/../d.jsonl", "one/d.jsonl"],
  ["folders that do not exist yet", "a/b/c", "one/a/b/c"],
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
    `save_dir ${path} lies outside of the data roots (${roots.folders.join(", ")})`,
  );
  expect(await guardedPath("save_dir", path, roots, true)).toMatch(/^\//);
});

test.each([
  ["a hidden file", ".env"],
  ["a hidden folder", ".assay"],
  ["what lies in a hidden folder", ".assay/secrets.json"],
  ["what does not exist yet there", "a/.b/c"],
  ["a name that begins with dots", "..d/x"],
  ["a link to a hidden folder", "state-by-another-name/secrets.json"],
  ["a closed folder", "state"],
  ["what lies in a closed folder", "inner/../state/secrets.json"],
])("%s is closed to messages, unless it is granted", async (_what, path) => {
  await expect(guardedPath("dataset", path, roots, false)).rejects.toThrow(
    `dataset ${path} lies in a place that messages may not use`,
  );
  expect(await guardedPath("dataset", path, roots, true)).toMatch(/^\//);
});

test("a root may itself be hidden, and lie in a hidden folder", async () => {
  const hidden = { folders: [join(base, "one", ".assay")], closed: [] };
  expect(await guardedPath("dataset", "x/y.jsonl", hidden, false)).toBe(join(base, "one/.assay/x/y.jsonl"));
});
