import { RowFault } from "../../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../../shared/errors.ts";
import { LineIndex } from "../lines/line-index.ts";
import { type GeneratedRow, readGeneratedRow } from "./generated-row.ts";
import type { PoolModel } from "./model-pool.ts";

/** The responses of a pool's models, found by prompt. Holds the prompts' keys and 16 bytes a response in memory. */
export class PoolResponses implements AsyncDisposable {
  readonly #pool: readonly PoolModel[];
  readonly #idColumn: string;
  readonly #index: LineIndex;
  /** Further rows of a model for a prompt that it has already; the first counts. */
  repeated = 0;

  private constructor(pool: readonly PoolModel[], idColumn: string) {
    this.#pool = pool;
    this.#idColumn = idColumn;
    this.#index = new LineIndex(pool.length);
  }

  /** Reads all files once. @throws UserError for the first row that holds no response */
  static async open(
    pool: readonly PoolModel[],
    { idColumn = "id", signal }: { idColumn?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<PoolResponses> {
    const responses = new PoolResponses(pool, idColumn);
    try {
      for (const [model, { files }] of pool.entries()) {
        for (const path of files) await responses.#indexFile(model, path, signal);
      }
      return responses;
    } catch (error) {
      await responses[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Prompts that all models have answered, in the order in which the first model has them, and how many they have not. */
  complete(): { keys: string[]; incomplete: number } {
    const all = [...this.#index.keys()];
    const keys = all.filter((key) => this.#pool.every((_, model) => this.#index.has(key, model)));
    return { keys, incomplete: all.length - keys.length };
  }

  /** How many prompts each model has answered, for a sentence. */
  counts(): string {
    const keys = [...this.#index.keys()];
    return this.#pool
      .map(({ name }, model) => `${name} ${keys.filter((key) => this.#index.has(key, model)).length}`)
      .join(", ");
  }

  /** The responses of some models to one prompt. @throws UserError if they do not answer the same text */
  async of(key: string, models: readonly string[]): Promise<GeneratedRow[]> {
    const rows: GeneratedRow[] = [];
    for (const model of models) {
      const number = this.#pool.findIndex(({ name }) => name === model);
      const row = this.#generated(await this.#index.read(key, number), `${model}'s row of prompt ${key}`);
      if (rows.length > 0 && row.prompt !== rows[0]!.prompt) {
        throw new UserError(
          `The prompt ${key} has another text in the responses of ${model} than in those of ${models[0]}: give responses to the same prompts.`,
        );
      }
      rows.push(row);
    }
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index[Symbol.asyncDispose]();
  }

  async #indexFile(model: number, path: string, signal?: AbortSignal): Promise<void> {
    for await (const read of this.#index.scan(path, signal)) {
      const { place } = read;
      if ("fault" in read) throw new UserError(`${place} ${read.fault.message}: mend or remove it.`);
      if (!this.#index.add(this.#generated(read.row, place).key, model, read)) this.repeated += 1;
    }
  }

  #generated(row: Record<string, unknown>, place: string): GeneratedRow {
    try {
      return readGeneratedRow(row, this.#idColumn);
    } catch (error) {
      if (error instanceof RowFault) throw new UserError(`${place} ${error.message}: mend or remove it.`);
      throw error;
    }
  }
}
