import { DatabaseSync } from "node:sqlite";
import { messageOf, UserError } from "../../shared/errors.ts";

const SQLITE_BUSY = 5;
const HOME_ELSEWHERE = "set ASSAY_HOME to a folder on a local disk of yours";
/** Two that try at the same instant may both see the other's attempt: each tries again for this long. */
const PATIENCE_MS = 400;

export interface Lock {
  release(): void;
}

/**
 * Takes a lock that the kernel gives up when this process ends, however it ends, and that its children do not inherit.
 * Node has no file locks of its own; SQLite's are the system's, and sound between processes.
 * @param wayOut what to do where it cannot be locked at all, as the end of a sentence
 * @returns undefined while another process holds it
 */
export function tryLock(path: string, wayOut = HOME_ELSEWHERE): Lock | undefined {
  const database = open(path, wayOut);
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw unusable(path, wayOut, error);
  }
}

function open(path: string, wayOut: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: PATIENCE_MS });
  } catch (error) {
    throw unusable(path, wayOut, error);
  }
}

function unusable(path: string, wayOut: string, cause: unknown): UserError {
  const sentence = `${path} cannot be locked (${messageOf(cause)}): ${wayOut}.`;
  return new UserError(sentence, { cause, exitCode: 3 });
}
