import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ColumnRoles } from "../../shared/datasets/recipes/column-roles.ts";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { UserError } from "../../shared/errors.ts";
import { openSplitSource, type SplitSource } from "./split-source.ts";

export interface SplitPart {
  path: string;
  /** Of a file of reward model pairs, its prompts. */
  rows: number;
  prompts: number;
}

export interface Split {
  train: SplitPart;
  validation: SplitPart;
  seed: number;
}

export interface SplitOptions {
  input: string;
  /** Share of the prompts that go to validation, between 0 and 1. */
  share: number;
  seed: number;
  roles?: ColumnRoles | undefined;
  /** Where the parts go; the input's folder by default. */
  folder?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Hash bytes that decide; 2^48 steps are exact in a double. */
const DECIDING_BYTES = 6;

/**
 * Whether a prompt goes to validation: the first 48 bits of SHA-256 of seed and prompt, as a number from 0 to 1, are below
 * the share. It depends on nothing else, so that a prompt keeps its side in every file and when files grow.
 */
export function isForValidation(prompt: string, seed: number, share: number): boolean {
  const hash = createHash("sha256").update(`${seed}\n${prompt}`).digest();
  return hash.readUIntBE(0, DECIDING_BYTES) / 2 ** (8 * DECIDING_BYTES) < share;
}

/**
 * Splits a file into NAME.train.ENDING and NAME.val.ENDING, all rows of a prompt on one side, in their order. The share is
 * met on average, not to the row. Holds a hash a prompt in memory.
 * @throws UserError naming the place, or if a side would be empty; then neither part has appeared
 */
export async function splitByPrompt(options: SplitOptions): Promise<Split> {
  const { input, share, seed, roles, folder = dirname(input), signal } = options;
  const source = await openSplitSource(input, roles, signal);
  await using train = await PartFile.create(partPath(input, folder, "train", source), source);
  await using validation = await PartFile.create(partPath(input, folder, "val", source), source);
  for await (const { prompt, text } of source.entries) {
    await (isForValidation(prompt, seed, share) ? validation : train).write(prompt, text);
  }
  const [trainPart, validationPart] = [train.part(), validation.part()];
  requireBoth(options, trainPart, validationPart);
  // A part of this split beside one of an earlier split would share prompts with it.
  for (const part of [train, validation]) await part.finish();
  for (const part of [train, validation]) await part.commit();
  return { train: trainPart, validation: validationPart, seed };
}

function partPath(input: string, folder: string, part: string, { ending }: SplitSource): string {
  const name = basename(input).replace(/(\.(json|jsonl|ndjson|csv|tsv|parquet))?(\.(gz|zst))?$/i, "");
  return join(folder, `${name}.${part}${ending}`);
}

function requireBoth({ input, share, seed }: SplitOptions, train: SplitPart, validation: SplitPart): void {
  const prompts = train.prompts + validation.prompts;
  if (prompts === 0) throw new UserError(`${input} holds no rows: give a file that has some.`);
  if (train.prompts > 0 && validation.prompts > 0) return;
  const empty = train.prompts === 0 ? "training" : "validation";
  throw new UserError(
    `Of the ${prompts} prompts of ${input} none falls to ${empty} with --val ${share} --seed ${seed}: give another seed or share.`,
  );
}

/** One side of the split while it is written. */
class PartFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: AtomicFile;
  readonly #frame: SplitSource["frame"];
  readonly #prompts = new Set<string>();
  #rows = 0;

  private constructor(path: string, file: AtomicFile, frame: SplitSource["frame"]) {
    this.#path = path;
    this.#file = file;
    this.#frame = frame;
  }

  static async create(path: string, { frame }: SplitSource): Promise<PartFile> {
    return new PartFile(path, await AtomicFile.create(path), frame);
  }

  async write(prompt: string, text: string): Promise<void> {
    this.#file.append(this.#rows === 0 ? this.#frame.open : this.#frame.between);
    this.#file.append(text);
    this.#rows += 1;
    this.#prompts.add(createHash("sha256").update(prompt).digest("base64"));
    if (this.#file.full) await this.#file.flush();
  }

  part(): SplitPart {
    return { path: this.#path, rows: this.#rows, prompts: this.#prompts.size };
  }

  /** Writes the rest, so that a full disk shows before any part appears. */
  async finish(): Promise<void> {
    this.#file.append(this.#frame.close);
    await this.#file.flush();
  }

  async commit(): Promise<void> {
    await this.#file.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}
