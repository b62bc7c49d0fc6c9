import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { LineFiles } from "../../../shared/lines/line-files.ts";
import { IdNumbers } from "../lines/id-numbers.ts";
import { storedLines } from "../lines/stored-lines.ts";
import { fateOfLine } from "../planning/line-fate.ts";

/** What came of a request in the end: its line, as the provider wrote it. */
export interface Outcome {
  answered: boolean;
  line: Buffer;
  /** In how many batches the request was by then. */
  attempt: number;
}

const BLOCK = 1 << 16;

/**
 * What came of each request over all batches that it was in: its first answer, else its last failure. Holds where each
 * line lies, nothing else of it: about 25 bytes a request, and its custom_id where that is no row number.
 */
export class Outcomes implements Disposable {
  readonly #numbers = new IdNumbers();
  readonly #files = new LineFiles();
  readonly #attempts: number[] = [];
  #file = new Uint32Array(BLOCK);
  #offset = new Float64Array(BLOCK);
  #bytes = new Uint32Array(BLOCK);
  #answered = new Uint8Array(BLOCK);
  /** Requests with an answer. */
  answered = 0;
  /** Answers beyond the first of their request: paid, and not needed. */
  repeated = 0;

  /** Requests without one. */
  get failed(): number {
    return this.#numbers.size - this.answered;
  }

  /** Takes in what a file of results holds. Lines without a custom_id are none, and left out. */
  async addFile(path: string, attempt = 1): Promise<void> {
    const file = this.#files.add(path);
    this.#attempts.push(attempt);
    for await (const lines of storedLines(path)) {
      for (const { text, offset } of lines) {
        const line: unknown = JSON.parse(text.toString());
        if (!isJsonObject(line) || typeof line.custom_id !== "string") continue;
        this.#enter(line.custom_id, {
          file,
          offset,
          bytes: text.length,
          answered: fateOfLine(line) === "answered",
        });
      }
    }
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  of(id: string): Outcome | undefined {
    const number = this.#numbers.get(id);
    if (number === undefined) return undefined;
    const file = this.#file[number]!;
    const line = this.#files.read(file, this.#offset[number]!, this.#bytes[number]!);
    return { answered: this.#answered[number] === 1, line, attempt: this.#attempts[file]! };
  }

  /** All custom_ids: row numbers in their order, then others in the order in which they came. */
  ids(): Iterable<string> {
    return this.#numbers.ids();
  }

  #enter(id: string, line: { file: number; offset: number; bytes: number; answered: boolean }): void {
    const number = this.#numbers.add(id);
    if (number >= this.#file.length) this.#grow();
    if (this.#answered[number] === 1) {
      if (line.answered) this.repeated += 1;
      return;
    }
    this.#file[number] = line.file;
    this.#offset[number] = line.offset;
    this.#bytes[number] = line.bytes;
    this.#answered[number] = line.answered ? 1 : 0;
    if (line.answered) this.answered += 1;
  }

  #grow(): void {
    const grown = <Column extends Uint32Array | Float64Array | Uint8Array>(
      column: Column,
      larger: Column,
    ) => {
      larger.set(column);
      return larger;
    };
    const size = 2 * this.#file.length;
    this.#file = grown(this.#file, new Uint32Array(size));
    this.#offset = grown(this.#offset, new Float64Array(size));
    this.#bytes = grown(this.#bytes, new Uint32Array(size));
    this.#answered = grown(this.#answered, new Uint8Array(size));
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }
}
