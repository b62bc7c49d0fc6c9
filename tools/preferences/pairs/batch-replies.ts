import { readdirSync } from "node:fs";
import { join } from "node:path";
import { unreadable } from "../../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../../shared/errors.ts";
import { PARTS_IN_BATCHES, readCustomId } from "../../../shared/judging/calls/custom-id.ts";
import type { ErrorLine } from "../../batch-files/error-lines.ts";
import { type ResultLine, readResultLine } from "../../batch-files/result-line.ts";
import { type IndexedLine, LineIndex } from "../lines/line-index.ts";

/**
 * The results of a judge's batches, found by prompt and part (an aspect, or overall), whatever file of a folder they stand in. A request that
 * failed once and was answered later is answered; of several answers the first counts.
 */
export class BatchReplies implements AsyncDisposable {
  /** Of each part the answers, then the failures. */
  readonly #index = new LineIndex(2 * PARTS_IN_BATCHES.length);
  readonly #parts = new Set<string>();
  results = 0;
  /** Further answers to a request. */
  repeated = 0;

  /**
   * Reads all .jsonl files of a folder once.
   * @param onFault is told of each line that is no result of a judge's request
   * @throws UserError if there is no such file, no result in them, or results of two methods
   */
  static async open(
    folder: string,
    onFault: (line: ErrorLine) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<BatchReplies> {
    const replies = new BatchReplies();
    try {
      await replies.#readAll(folder, onFault, signal);
      return replies;
    } catch (error) {
      await replies[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Parts of which there is any result. */
  get parts(): string[] {
    return PARTS_IN_BATCHES.filter((part) => this.#parts.has(part));
  }

  has(prompt: string, part: string): boolean {
    return this.#columnIn(prompt, part) !== undefined;
  }

  /** What was answered, or the failure. @throws Error if there is no result */
  async of(prompt: string, part: string): Promise<ResultLine> {
    const row = await this.#index.read(prompt, this.#columnIn(prompt, part)!);
    return readResultLine(row, "openai_batch", 0);
  }

  /** Prompts and parts that have a result, of prompts that `known` does not hold. */
  *beyond(known: ReadonlySet<string>): Generator<{ prompt: string; part: string }> {
    for (const prompt of this.#index.keys()) {
      if (known.has(prompt)) continue;
      for (const part of PARTS_IN_BATCHES) if (this.has(prompt, part)) yield { prompt, part };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index[Symbol.asyncDispose]();
  }

  async #readAll(
    folder: string,
    onFault: (line: ErrorLine) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const files = filesIn(folder);
    for (const path of files) {
      for await (const read of this.#index.scan(path, signal)) {
        const fault = this.#take(read);
        if (!fault) continue;
        const { line, place } = read;
        await onFault({ id: fault.id, line, reason: fault.reason, message: `${place} ${fault.message}.` });
      }
    }
    if (this.#parts.has("overall") && this.#parts.size > 1) {
      throw new UserError(
        `${folder} has results of two methods, by aspects and overall, which cannot be averaged: give a folder of either.`,
      );
    }
    if (this.results > 0) return;
    throw new UserError(
      `${folder} has no result of a judge's batch in its ${files.length} .jsonl files: give the folder that the batches' results were downloaded to.`,
    );
  }

  #columnIn(prompt: string, part: string): number | undefined {
    const answers = columnOf(part);
    return [answers, answers + 1].find((column) => this.#index.has(prompt, column));
  }

  #take(read: IndexedLine): { id: string | null; reason: string; message: string } | undefined {
    if ("fault" in read) return { id: null, ...read.fault };
    const id = read.row.custom_id;
    const named = typeof id === "string" ? readCustomId(id) : undefined;
    if (typeof id !== "string" || named === undefined) {
      const message = 'has no custom_id that ends in "_hel", "_hon", "_ins", "_tru" or "_overall"';
      return { id: typeof id === "string" ? id : null, reason: "unknown_custom_id", message };
    }
    const result = readResultLine(read.row, "openai_batch", 0);
    if ("fault" in result && result.fault.reason === "not_a_result") return { id, ...result.fault };
    this.results += 1;
    this.#parts.add(named.part);
    const column = columnOf(named.part) + ("fault" in result ? 1 : 0);
    if (!this.#index.add(named.id, column, read) && "text" in result) this.repeated += 1;
    return undefined;
  }
}

const columnOf = (part: string) => 2 * PARTS_IN_BATCHES.indexOf(part);

function filesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".jsonl") && !name.startsWith("."));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOTDIR") throw unreadable(folder, cause);
    throw new UserError(`--input_dir ${folder} is a file: give the folder that it lies in.`, { cause });
  }
  if (names.length > 0) return names.sort().map((name) => join(folder, name));
  throw new UserError(`${folder} has no .jsonl file: give the folder of the batches' results.`);
}
