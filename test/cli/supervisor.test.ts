import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nextBackOff } from "../../cli/supervisor/back-off.ts";
import { tryLock } from "../../cli/supervisor/lock.ts";
import { lastSentence, tailOf } from "../../cli/supervisor/log-file.ts";
import { identityOf, isAlive, isGoneWithin, processesWith } from "../../cli/supervisor/process-identity.ts";
import { parseReplicas } from "../../cli/system/parse-replicas.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assay-supervisor-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that tries to take the lock, says how that went, and stays. */
function contender(path: string): { process: ChildProcess; locked: Promise<boolean> } {
  const module = pathToFileURL(join(packageRoot, "cli/supervisor/lock.ts")).href;
  const program = `import { tryLock } from ${JSON.stringify(module)};
    console.log(tryLock(process.argv[1]) !== undefined);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return {
    process: child,
    locked: once(child.stdout!, "data").then(([text]) => String(text).trim() === "true"),
  };
}

describe("the lock of a home", () => {
  test("one of several that try at the same instant gets it", async () => {
    const contenders = Array.from({ length: 4 }, () => contender(join(folder, "lock")));
    const locked = await Promise.all(contenders.map((one) => one.locked));
    expect(locked.filter(Boolean)).toHaveLength(1);
  });

  test("is free again as soon as its holder was killed", async () => {
    const path = join(folder, "lock");
    const holder = contender(path);
    expect(await holder.locked).toBe(true);
    expect(tryLock(path)).toBeUndefined();
    holder.process.kill("SIGKILL");
    await once(holder.process, "exit");
    const lock = tryLock(path);
    expect(lock).toBeDefined();
    lock!.release();
  });

  test("is not inherited by the holder's children", async () => {
    const path = join(folder, "lock");
    const lock = tryLock(path)!;
    const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
    children.push(child);
    lock.release();
    const again = tryLock(path);
    expect(again).toBeDefined();
    again!.release();
  });
});

describe("who a process is", () => {
  test("a process that ended is not alive, even before its parent has seen it", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    children.push(child);
    const identity = identityOf(child.pid!)!;
    expect(isAlive(identity)).toBe(true);
    expect(isAlive({ ...identity, started: `${identity.started}1` })).toBe(false);
    child.kill("SIGKILL");
    expect(await isGoneWithin(identity, 10_000)).toBe(true);
  });

  test("is found by its arguments", () => {
    const mark = join(folder, "no-such-data");
    // Not a shell: while that forks, two processes have the same arguments.
    const stay = "setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ["-e", stay, "--", "-sd", mark], { stdio: "ignore" });
    children.push(child);
    const found = processesWith((args) => args.includes("-sd") && args.includes(mark));
    expect(found.map(({ pid }) => pid)).toEqual([child.pid]);
  });
});

describe("why a process ended", () => {
  const log = () => join(folder, "some.log");

  test("is the sentence that it wrote last for people", () => {
    writeFileSync(log(), "coordinator: an older sentence.\n");
    const before = tailOf(log()).join("\n").length + 1;
    appendFileSync(log(), '{"level":30,"msg":"hello"}\ncoordinator: Port 1 is taken.\n');
    expect(lastSentence(tailOf(log(), before))).toBe("coordinator: Port 1 is taken.");
  });

  test("is taken out of its log record where there is no sentence", () => {
    expect(lastSentence(['{"level":60,"err":{"message":"no disk"},"msg":"could not start"}'])).toBe(
      "no disk",
    );
    expect(lastSentence([])).toBeUndefined();
  });
});

test("a process that ends again and again is started less and less often, up to every 10 s", () => {
  let waitMs: number | undefined;
  const waits = Array.from({ length: 8 }, () => {
    waitMs = nextBackOff(waitMs, 100);
    return waitMs;
  });
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(nextBackOff(10_000, 30_000)).toBe(250);
});

describe("--replicas", () => {
  test("is read", () => {
    expect(parseReplicas("dispatcher=2, coordinator=3")).toEqual({ dispatcher: 2, coordinator: 3 });
    expect(parseReplicas(undefined)).toEqual({});
  });

  test.each([
    ["dispather=2", "did you mean dispatcher?"],
    ["dispatcher", "write it as dispatcher=2"],
    ["dispatcher=0", "give a number from 1 to 64"],
  ])("%s is refused with the way out", (text, sentence) => {
    expect(() => parseReplicas(text)).toThrow(sentence);
  });
});
