import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { goodResult } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem } from "../support/system.ts";

const ROWS = 200;
/** Answers of 4 KiB: all of them do not fit onto the small disk. */
const PADDING = "x".repeat(4096);

test("a full disk pauses the job with that reason; with room made it goes on, and nothing is lost or called again", async ({
  skip,
}) => {
  await using system = await startSystem();
  const disk = join(system.folder, "small");
  mkdirSync(disk);
  try {
    mount(["-t", "tmpfs", "-o", "size=512k", "tmpfs", disk]);
  } catch (error) {
    skip(`no file system can be mounted here: ${String(error).split("\n")[0]}`);
  }
  try {
    await system.coordinator();
    const worker = await system.worker({
      call: (row) => {
        const good = goodResult(row);
        return { ...good, line: good.line.replace('"model":"played"', `"model":"${PADDING}"`) };
      },
    });
    const job = await system.start({ dataset: system.dataset(ROWS), temp_dir: "small" });
    const paused = await system.over(job);
    expect(paused).toMatchObject({ state: "paused", reason: { code: "disk" } });
    expect(paused.reason?.message).toMatch(/^Results cannot be written to .*small.* \(ENOSPC\): make room/);
    expect(paused.done).toBeLessThan(ROWS);
    mount(["-o", "remount,size=16m", disk]);
    await system.change(job, "resume");
    const view = await system.over(job);
    expect(view).toMatchObject({ state: "completed", done: ROWS, failed: 0, repeated: 0 });
    expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
    expect(repeatedIn(worker.called)).toEqual([]);
  } finally {
    // Lazily: the coordinator may still have files open there.
    execFileSync("umount", ["-l", disk]);
  }
});

function mount(options: string[]): void {
  execFileSync("mount", options, { stdio: "pipe" });
}
