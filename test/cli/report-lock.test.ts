import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assay-report-lock-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Takes and gives up the lock again and again; each time it raises the number in a file, in two steps. */
const PROGRAM = `
  import { readFileSync, writeFileSync } from "node:fs";
  const { lockReport } = await import(process.argv[1]);
  const [, , counter, times] = process.argv;
  for (let taken = 0; taken < Number(times); ) {
    try {
      using _ = lockReport("report.csv");
      const number = Number(readFileSync(counter, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
      writeFileSync(counter, String(number + 1));
      taken += 1;
    } catch (error) {
      if (!/Another command is adding/.test(error.message)) throw error;
    }
  }`;

test("of several that take and give it up all the time one has it, and its file is gone at the end", async () => {
  const [counter, temporary] = [join(folder, "counter"), mkdtempSync(join(folder, "tmp-"))];
  writeFileSync(counter, "0");
  const module = pathToFileURL(join(packageRoot, "cli/batch/watching/report-lock.ts")).href;
  const codes = [1, 2, 3].map(() => {
    const argv = ["--input-type=module-typescript", "-e", PROGRAM, module, counter, "60"];
    const child = spawn(process.execPath, argv, {
      cwd: folder,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "inherit", "inherit"],
    });
    children.push(child);
    return new Promise((resolve) => child.on("close", resolve));
  });
  expect(await Promise.all(codes)).toEqual([0, 0, 0]);
  expect(readFileSync(counter, "utf8")).toBe("180");
  expect(readdirSync(temporary)).toEqual([]);
}, 120_000);
