import { closeSync, openSync, readSync } from "node:fs";

const MOST_OPEN = 64;

/** Reads pieces of many files, of which it keeps only those open that were used last. */
export class LineFiles implements Disposable {
  readonly #paths: string[] = [];
  /** Of the files that are open, least recently used first. */
  readonly #handles = new Map<number, number>();

  /** @returns the file's number */
  add(path: string): number {
    return this.#paths.push(path) - 1;
  }

  /** The file's lines are read elsewhere from now on. */
  moved(file: number, path: string): void {
    this.#paths[file] = path;
  }

  pathOf(file: number): string {
    return this.#paths[file]!;
  }

  /** Pieces of one file are asked for in no order: nothing is read ahead. */
  read(file: number, offset: number, bytes: number): Buffer {
    const piece = Buffer.allocUnsafe(bytes);
    const handle = this.#open(file);
    for (let at = 0; at < bytes; ) {
      const read = readSync(handle, piece, at, bytes - at, offset + at);
      if (read === 0) throw new Error(`${this.#paths[file]} ends at byte ${offset + at}, inside a line`);
      at += read;
    }
    return piece;
  }

  #open(file: number): number {
    const handle = this.#handles.get(file) ?? openSync(this.#paths[file]!, "r");
    this.#handles.delete(file);
    this.#handles.set(file, handle);
    const [oldest] = this.#handles;
    if (this.#handles.size > MOST_OPEN && oldest) {
      closeSync(oldest[1]);
      this.#handles.delete(oldest[0]);
    }
    return handle;
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles.values()) closeSync(handle);
    this.#handles.clear();
  }
}
