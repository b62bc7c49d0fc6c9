import { open, rename } from "node:fs/promises";
import { join, parse } from "node:path";
import {
  AtomicFile,
  moveIntoPlace,
  removeQuietly,
  temporaryName,
  unwritable,
} from "../../shared/datasets/writing/atomic-file.ts";
import { MOST_BYTES, MOST_REQUESTS } from "./batch-rules.ts";

export interface WrittenFile {
  path: string;
  requests: number;
  bytes: number;
}

interface Part {
  /** Where its bytes lie until all is committed. */
  temporary: string;
  requests: number;
  bytes: number;
}

/**
 * Request lines in as many files as the limits ask for: one under the given name, or several with numbers in their
 * names. None of them appears before `commit`, so that a fault in the last row leaves nothing half done.
 */
export class SplitOutput implements AsyncDisposable {
  readonly #path: string;
  readonly #limits: { requests: number; bytes: number };
  /** Full files, already synced. */
  readonly #parts: Part[] = [];
  #file: AtomicFile;
  #requests = 0;

  private constructor(path: string, limits: { requests: number; bytes: number }, file: AtomicFile) {
    this.#path = path;
    this.#limits = limits;
    this.#file = file;
  }

  /** @throws UserError if the folder cannot be written to */
  static async create(
    path: string,
    limits = { requests: MOST_REQUESTS, bytes: MOST_BYTES },
  ): Promise<SplitOutput> {
    return new SplitOutput(path, limits, await AtomicFile.create(path));
  }

  /** Adds a line, its line feed included; no line is longer than a file may be. */
  async write(line: string): Promise<void> {
    const bytes = Buffer.byteLength(line);
    const full = this.#requests >= this.#limits.requests || this.#file.bytes + bytes > this.#limits.bytes;
    if (full && this.#requests > 0) await this.#nextPart();
    this.#file.append(line);
    this.#requests += 1;
    if (this.#file.full) await this.#file.flush();
  }

  async commit(): Promise<WrittenFile[]> {
    if (this.#parts.length === 0) {
      await this.#file.commit();
      return [{ path: this.#path, requests: this.#requests, bytes: this.#file.bytes }];
    }
    this.#parts.push(await this.#closePart());
    const written: WrittenFile[] = [];
    for (const [index, { temporary, requests, bytes }] of this.#parts.entries()) {
      const path = numbered(this.#path, index + 1);
      await moveIntoPlace(temporary, path).catch((cause) => {
        throw unwritable(path, cause);
      });
      written.push({ path, requests, bytes });
    }
    return written;
  }

  async #nextPart(): Promise<void> {
    this.#parts.push(await this.#closePart());
    this.#file = await AtomicFile.create(this.#path);
    this.#requests = 0;
  }

  /** Takes the bytes away from the file that would have had the given name. */
  async #closePart(): Promise<Part> {
    const temporary = temporaryName(this.#path);
    await this.#file.flush();
    const { bytes } = this.#file;
    await rename(this.#file.temporary, temporary);
    await this.#file[Symbol.asyncDispose]();
    await using handle = await open(temporary, "r+");
    await handle.sync();
    return { temporary, requests: this.#requests, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
    for (const { temporary } of this.#parts) await removeQuietly(temporary);
  }
}

/** `folder/name-001.jsonl` */
function numbered(path: string, number: number): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}-${String(number).padStart(3, "0")}${ext}`);
}
