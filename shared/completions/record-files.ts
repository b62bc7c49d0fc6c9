import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { AtomicFile } from "../datasets/writing/atomic-file.ts";

/** The outcome of a row that counts: its stored line, line feed included. */
export interface RowOutcome {
  ok: boolean;
  line: Buffer;
}

/** Where a job's outputs are written, and what is said of them. */
export interface OutputPlace {
  outputFolder: string;
  /** Results so far of a job that is not over: written beside, under other names. */
  partial: boolean;
  /** What config.yaml says. */
  config: Record<string, unknown>;
}

/** Names of the files that stand beside the outputs; no output may have one of them. */
export const RECORD_FILES = ["responses.jsonl", "errors.jsonl", "config.yaml"] as const;

/** Whether a file of that name is no finished output: it is of the files beside, or of a job that is not over. */
export function isBesideOutputs(name: string): boolean {
  return (
    RECORD_FILES.some((file) => name === file || name.endsWith(`.${file}`)) || /\.partial\.\w+$/.test(name)
  );
}

/** Where a file of that name is written. */
export function outputPath({ outputFolder, partial }: OutputPlace, name: string): string {
  return join(outputFolder, partial ? name.replace(/\.(?=\w+$)/, ".partial.") : name);
}

/** What is written beside the outputs: every answer as it was stored, every failure, and how all was made. */
export class RecordFiles implements AsyncDisposable {
  readonly #place: OutputPlace;
  readonly #responses: AtomicFile;
  readonly #errors: AtomicFile;
  readonly counts = { rows: 0, failed: 0 };

  private constructor(place: OutputPlace, responses: AtomicFile, errors: AtomicFile) {
    this.#place = place;
    this.#responses = responses;
    this.#errors = errors;
  }

  static async create(place: OutputPlace): Promise<RecordFiles> {
    const responses = await AtomicFile.create(outputPath(place, "responses.jsonl"));
    const errors = await AtomicFile.create(outputPath(place, "errors.jsonl"));
    return new RecordFiles(place, responses, errors);
  }

  /** @param place stands before what an error says, where the row's number alone does not tell where it is */
  add({ ok, line }: RowOutcome, place?: object): void {
    const file = ok ? this.#responses : this.#errors;
    if (ok || place === undefined) file.append(line);
    else file.append(`${JSON.stringify({ ...place, ...JSON.parse(line.toString()) })}\n`);
    this.counts[ok ? "rows" : "failed"] += 1;
  }

  /** Whether `flush` is due before the next `add`. */
  get full(): boolean {
    return this.#responses.full || this.#errors.full;
  }

  async flush(): Promise<void> {
    await this.#responses.flush();
    await this.#errors.flush();
  }

  /** All of them appear. What was exported before the job was over is not to be taken for its result, and goes. @param outputs names */
  async commit(outputs: readonly string[]): Promise<void> {
    await this.#responses.commit();
    await this.#errors.commit();
    await using config = await AtomicFile.create(outputPath(this.#place, "config.yaml"));
    config.append(stringify(this.#place.config));
    await config.commit();
    if (!this.#place.partial) await this.#removePartial([...outputs, ...RECORD_FILES]);
  }

  async #removePartial(names: readonly string[]): Promise<void> {
    const { outputFolder } = this.#place;
    const stems = new Set(names.map((name) => name.replace(/\.\w+$/, "")));
    for (const file of await readdir(outputFolder)) {
      const stem = /^(.+)\.partial\.\w+$/.exec(file)?.[1];
      if (stem !== undefined && stems.has(stem)) await rm(join(outputFolder, file), { force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#responses[Symbol.asyncDispose]();
    await this.#errors[Symbol.asyncDispose]();
  }
}
