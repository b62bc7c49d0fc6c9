import { rm } from "node:fs/promises";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";

/** What stands in an errors file; `line` is the place in the input, or 0 where it has no lines. */
export interface ErrorLine {
  id: string | null;
  line: number;
  reason: string;
  message: string;
  /** What a model replied, where it is of no use. */
  reply?: string | null;
}

/** Where the lines go that `path` itself cannot hold. */
export const errorsPath = (path: string) => `${path}.errors.jsonl`;

/**
 * The errors file beside an output. It is there only if there are errors: without any, one that an earlier run left is
 * taken away, since it would speak of another output.
 */
export class ErrorLines implements AsyncDisposable {
  readonly path: string;
  #file: AtomicFile | undefined;
  count = 0;
  /** The first line's message. */
  first: string | undefined;

  constructor(output: string) {
    this.path = errorsPath(output);
  }

  async write(line: ErrorLine): Promise<void> {
    this.#file ??= await AtomicFile.create(this.path);
    this.#file.append(`${JSON.stringify(line)}\n`);
    this.count += 1;
    this.first ??= line.message;
    if (this.#file.full) await this.#file.flush();
  }

  async commit(): Promise<void> {
    if (this.#file) await this.#file.commit();
    else await rm(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}
