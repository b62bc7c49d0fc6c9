import { DatabaseSync } from "node:sqlite";
import { messageOf, UserError } from "../../shared/errors.ts";

const SQLITE_BUSY = 5;
/** Two that try at the same instant may both see the other's attempt: each tries again for this long. */
const PATIENCE_MS = 400;

export interface Lock {
  release(): void;
}

/**
 * Takes a lock that the kernel gives up when this process ends, however it ends, and that its children do not inherit.
 * Node has no file locks of its own; SQLite's are the system's, and sound between processes.
 * @returns undefined while another process holds it
 */
export function tryLock(path: string): Lock | undefined {
  const database = open(path);
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw unusable(path, error);
  }
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: PATIENCE_MS });
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): UserError {
  const sentence = `${path} cannot be locked (${messageOf(cause)}): set ASSAY_HOME to a folder on a local disk of yours.`;
  return new UserError(sentence, { cause, exitCode: 3 });
}
