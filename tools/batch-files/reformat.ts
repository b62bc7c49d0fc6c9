import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { detectFormat } from "../../shared/datasets/reading/dataset-format.ts";
import { fileBytes } from "../../shared/datasets/reading/file-bytes.ts";
import { readJsonLines } from "../../shared/datasets/reading/json-lines.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import type { Fault, SourceRow, SourceRows } from "../../shared/datasets/reading/source-row.ts";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { UserError } from "../../shared/errors.ts";
import { type GeneratedText, NOT_A_RESULT } from "./completion-text.ts";
import { ErrorLines, errorsPath } from "./error-lines.ts";
import { readResultLine, type SourceType } from "./result-line.ts";

export interface Reformat {
  input: string;
  output: string;
  type: SourceType;
  signal?: AbortSignal | undefined;
}

export interface Reformatted {
  /** Lines of the output. */
  texts: number;
  refusals: number;
  /** Texts that the token limit cut. */
  cut: number;
  failed: number;
  errors: string | null;
}

/**
 * Turns results into lines {id, generated_text} in the order of the input; each line that gives none stands in the errors
 * file with its reason. Lines of an errors file beside the input, as a download leaves it, count among those.
 * @throws UserError if the input cannot be read, or none of it is a result
 */
export async function reformat({ input, output, type, signal }: Reformat): Promise<Reformatted> {
  const inputErrors = errorsPath(input);
  for (const path of [output, errorsPath(output)]) {
    if (![input, inputErrors].some((one) => resolve(one) === resolve(path))) continue;
    throw new UserError(`--output_file ${output} would overwrite ${path}: give another name.`);
  }
  await using sorted = await SortedResults.create(output, type);
  for await (const rows of linesOf(input, type)) {
    signal?.throwIfAborted();
    for (const row of rows) await sorted.take(row, input);
  }
  if (sorted.results === 0) {
    throw new UserError(
      `${input} has no line that is a result of ${type}: check --source_type (openai, openai_batch or finetuned).`,
    );
  }
  if (existsSync(inputErrors)) {
    for await (const rows of linesOf(inputErrors, type)) {
      for (const row of rows) await sorted.take(row, inputErrors);
    }
  }
  return await sorted.commit();
}

/** Texts in one file, faults in the other; of an id that is answered twice the first text counts. */
class SortedResults implements AsyncDisposable {
  readonly #type: SourceType;
  readonly #texts: AtomicFile;
  readonly #errors: ErrorLines;
  readonly #places = new Map<string, string>();
  readonly #done = { texts: 0, refusals: 0, cut: 0 };
  #number = 0;
  /** Lines that are results of this type, failed ones too. */
  results = 0;

  private constructor(type: SourceType, texts: AtomicFile, errors: ErrorLines) {
    this.#type = type;
    this.#texts = texts;
    this.#errors = errors;
  }

  static async create(output: string, type: SourceType): Promise<SortedResults> {
    return new SortedResults(type, await AtomicFile.create(output), new ErrorLines(output));
  }

  async take(row: SourceRow, file: string): Promise<void> {
    const number = this.#number++;
    const place = row.line > 0 ? `${file} line ${row.line}` : `${file} row ${number}`;
    if ("fault" in row) return await this.#fail(null, row, place, row.fault);
    const result = readResultLine(row.value, this.#type, number);
    if ("text" in result || result.fault !== NOT_A_RESULT) this.results += 1;
    if ("fault" in result) return await this.#fail(result.id, row, place, result.fault);
    const earlier = this.#places.get(result.id);
    if (earlier !== undefined) return await this.#fail(result.id, row, place, repeated(earlier));
    this.#places.set(result.id, place);
    await this.#keep(result.id, result.text);
  }

  async commit(): Promise<Reformatted> {
    await this.#texts.commit();
    await this.#errors.commit();
    const failed = this.#errors.count;
    return { ...this.#done, failed, errors: failed > 0 ? this.#errors.path : null };
  }

  async #keep(id: string, text: GeneratedText): Promise<void> {
    this.#texts.append(`${JSON.stringify({ id, ...text })}\n`);
    this.#done.texts += 1;
    if (text.refusal) this.#done.refusals += 1;
    if (text.finish_reason === "length") this.#done.cut += 1;
    if (this.#texts.full) await this.#texts.flush();
  }

  async #fail(id: string | null, { line }: SourceRow, place: string, fault: Fault): Promise<void> {
    const { reason, message } = fault;
    await this.#errors.write({ id, line, reason, message: `${place} ${message.replace(/\.$/, "")}.` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#texts[Symbol.asyncDispose]();
    await this.#errors[Symbol.asyncDispose]();
  }
}

function repeated(place: string): Fault {
  return { reason: "duplicate_id", message: `answers an id that ${place} has answered already` };
}

/** Lines of JSON, of which each may be a list; or any other data file. */
async function* linesOf(path: string, type: SourceType): SourceRows {
  const { format, compression } = await detectFormat(path);
  if (
    format === "json-lines" ||
    (format === "json-array" && type === "openai" && (await hasListLines(path)))
  ) {
    yield* readJsonLines(fileBytes(path, compression), path);
  } else yield* readRows(path);
}

async function hasListLines(path: string): Promise<boolean> {
  const { compression } = await detectFormat(path);
  for await (const [first] of readJsonLines(fileBytes(path, compression), path)) {
    return first !== undefined && "value" in first && Array.isArray(first.value);
  }
  return false;
}
