import { rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, UserError } from "../../shared/errors.ts";
import { tryLock } from "../supervisor/lock.ts";

/** A folder of this process alone, gone when it is disposed of, or when the process exits before that. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Held by the process whose folder it is, and given up by the kernel when that process ends, however it ends. */
const LOCK = "lock";
const WAY_OUT = "set TMPDIR to a folder on a local disk of yours";
/** A folder that is younger may not have been locked yet. */
const YOUNG_MS = 60_000;

/**
 * Makes a folder `assay-<name>-...` among the system's temporary ones, and removes those of that name which processes
 * of the same user left behind when they were killed.
 * @throws UserError (exit code 3) when none can be made there
 */
export async function openTemporaryFolder(name: string): Promise<TemporaryFolder> {
  await removeAbandoned(`assay-${name}-`);
  const path = await mkdtemp(join(tmpdir(), `assay-${name}-`)).catch((cause: NodeJS.ErrnoException) => {
    const sentence = `No temporary folder can be made in ${tmpdir()} (${cause.code}): make room, mend its permissions, or set TMPDIR to another folder.`;
    throw new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
  });
  const lock = tryLock(join(path, LOCK), WAY_OUT);
  removeAtExit(path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true });
      lock?.release();
      open.delete(path);
    },
  };
}

async function removeAbandoned(prefix: string): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    // What cannot be looked at or removed is somebody else's, or just being removed by another command.
    if (!open.has(path)) await removeIfAbandoned(path).catch(() => {});
  }
}

async function removeIfAbandoned(path: string): Promise<void> {
  const [folder, file] = [await lstat(path), await lstat(join(path, LOCK))];
  const uid = process.getuid?.();
  if (!folder.isDirectory() || folder.uid !== uid || !file.isFile() || file.uid !== uid) return;
  if (Date.now() - file.mtimeMs < YOUNG_MS) return;
  const lock = tryLock(join(path, LOCK));
  if (lock === undefined) return;
  await rm(path, { recursive: true, force: true });
  lock.release();
}

const open = new Set<string>();

function removeAtExit(path: string): void {
  // One listener for all folders of a process: it warns of more than ten.
  if (exitWatched === false) process.on("exit", removeOpen);
  exitWatched = true;
  open.add(path);
}

let exitWatched = false;

function removeOpen(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
}
