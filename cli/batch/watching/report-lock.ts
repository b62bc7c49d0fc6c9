import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { EXIT, messageOf, UserError } from "../../../shared/errors.ts";
import { type Lock, tryLock } from "../../supervisor/lock.ts";

const WAY_OUT = "set TMPDIR to a folder on a local disk of yours";

/**
 * Holds a report for one command at a time. The lock's file lies among the temporary ones and goes with the lock; what a
 * killed command leaves is taken away by the next one with that report.
 *
 * A file that goes may be replaced while somebody waits for its lock, and then two would hold two files of one name. So
 * after locking it is looked whether the name still means the file that it meant before: kept open meanwhile, it keeps its
 * number for itself, and nobody gives a removed file its name back.
 *
 * A process must not ask for a report twice at a time: closing that second file would end the first lock.
 * @throws UserError (exit code 3) while another command has it
 */
export function lockReport(report: string): Disposable {
  const name = createHash("sha256").update(resolve(report)).digest("hex").slice(0, 16);
  const path = join(tmpdir(), `assay-report-${userInfo().uid}-${name}.lock`);
  for (;;) {
    const file = open(path);
    let lock: Lock | undefined;
    try {
      lock = tryLock(path, WAY_OUT);
      if (lock === undefined) throw beingWritten(report);
      if (means(path, file)) return heldUntilDisposed(path, file, lock);
      lock.release();
    } catch (error) {
      lock?.release();
      closeSync(file);
      throw error;
    }
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (cause) {
    throw new UserError(`${path} cannot be locked (${messageOf(cause)}): ${WAY_OUT}.`, {
      cause,
      exitCode: EXIT.couldNotRun,
    });
  }
}

function means(path: string, file: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
}

function heldUntilDisposed(path: string, file: number, lock: Lock): Disposable {
  return {
    [Symbol.dispose]: () => {
      rmSync(path, { force: true });
      lock.release();
      closeSync(file);
    },
  };
}

function beingWritten(report: string): UserError {
  return new UserError(
    `Another command is adding batches to ${report}: wait for it, or name another --batch_report.`,
    { exitCode: EXIT.couldNotRun },
  );
}
