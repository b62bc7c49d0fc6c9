import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf, UserError } from "../../errors.ts";
import { makeFolder } from "../../installation/make-folder.ts";

const BUFFER_BYTES = 1024 * 1024;

/**
 * A file that appears under its name whole and durable, or not at all: it is written under a temporary name in the same
 * folder; `commit` syncs and renames it; disposing it before that removes it. `append` only collects: call `flush`
 * when `full`, and await it before the next `append`.
 */
export class AtomicFile implements AsyncDisposable {
  readonly #path: string;
  /** Where the bytes lie until `commit`. */
  readonly temporary: string;
  readonly #handle: FileHandle;
  /** Text is encoded at once: kept as strings it would outlive the young generation and swell the heap. */
  #pending = Buffer.allocUnsafe(2 * BUFFER_BYTES);
  #pendingBytes = 0;
  #bytes = 0;
  #open = true;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.temporary = temporary;
    this.#handle = handle;
  }

  /** @throws UserError if the folder cannot be made or written to */
  static async create(path: string): Promise<AtomicFile> {
    const temporary = temporaryName(path);
    try {
      await makeFolder(dirname(path));
      return new AtomicFile(path, temporary, await open(temporary, "wx"));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Bytes so far, those not yet flushed included. */
  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#pendingBytes >= BUFFER_BYTES;
  }

  /** Adds text as UTF-8 or bytes. Lone surrogates must have been escaped. */
  append(data: string | Buffer): void {
    const bytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    this.#makeRoom(bytes);
    if (typeof data === "string") this.#pending.write(data, this.#pendingBytes);
    else data.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes += bytes;
    this.#bytes += bytes;
  }

  async flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    try {
      await writeAll(this.#handle, this.#pending.subarray(0, this.#pendingBytes));
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
    this.#pendingBytes = 0;
    if (this.#pending.length > 2 * BUFFER_BYTES) this.#pending = Buffer.allocUnsafe(2 * BUFFER_BYTES);
  }

  async commit(): Promise<void> {
    await this.flush();
    try {
      await this.#handle.sync();
      this.#open = false;
      await this.#handle.close();
      await moveIntoPlace(this.temporary, this.#path);
    } catch (cause) {
      await removeQuietly(this.temporary);
      throw unwritable(this.#path, cause);
    }
  }

  #makeRoom(bytes: number): void {
    const needed = this.#pendingBytes + bytes;
    if (needed <= this.#pending.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#pending.length));
    this.#pending.copy(larger, 0, 0, this.#pendingBytes);
    this.#pending = larger;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    await removeQuietly(this.temporary);
  }
}

/** Clears up after an error: what it meets must not hide that error. */
export async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {});
}

/** A name for a file that is to be renamed to `path`: in the same folder, hidden, used by nobody else. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Renames a synced file and syncs the folder, so that the new name outlives a power cut. */
export async function moveIntoPlace(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await using folder = await open(dirname(path), "r");
  await folder.sync();
}

/** Writes all bytes, from `position` on if it is given; a single write may take fewer. */
export async function writeAll(handle: FileHandle, bytes: Buffer, position?: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(
      bytes,
      at,
      bytes.length - at,
      position === undefined ? null : position + at,
    );
    at += bytesWritten;
  }
}

const WHY: Record<string, string> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "that disk is read-only",
  EISDIR: "a folder has that name",
  EEXIST: "a file has the name of its folder",
  ENOTDIR: "a file has the name of its folder",
};

/** The sentence for a file that cannot be written. */
export function unwritable(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `The disk is full while writing ${path}: free some space there and start again.`;
    return new UserError(message, { cause, exitCode: 3 });
  }
  return new UserError(`${path} cannot be written (${WHY[code] ?? code}): choose another place for it.`, {
    cause,
  });
}
