import { UserError } from "../../../shared/errors.ts";
import type { Judging } from "../../../shared/judging/judging.ts";
import { ASPECTS } from "../../../shared/judging/methods/aspects.ts";
import { drawFor } from "../../../shared/random.ts";
import { drawModels } from "./draw-models.ts";
import { MixFiles } from "./mix-files.ts";
import { mixLines } from "./mix-lines.ts";
import { modelOf, modelPool } from "./model-pool.ts";
import { PoolResponses } from "./pool-responses.ts";

export interface MixOptions {
  /** Folder of the shards. */
  name: string;
  input: string;
  output: string;
  /** `ultrafeedback`, whose templates render the prompts. */
  judging: Judging;
  idColumn?: string | undefined;
  /** This model's response and one other's, instead of `responses` of all. */
  oneSide?: string | undefined;
  /** Responses a prompt. */
  responses?: number | undefined;
  /** Prompts to take; 0: all. */
  sample?: number | undefined;
  seed: number;
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** Models of a prompt, in place of a draw. */
  models?: ((prompt: string) => readonly string[]) | undefined;
  signal?: AbortSignal | undefined;
}

export interface MixWritten {
  /** Full files by aspect. */
  files: Record<string, string>;
  rows: number;
  models: string[];
  responses: number;
  seed: number;
  /** Prompts left out, since a model has no response to them. */
  incomplete: number;
  /** Further rows of a model for a prompt that it has already; the first counts. */
  repeated: number;
  /** Responses that were drawn and are empty. */
  emptyResponses: number;
}

/**
 * Mixes the responses of several models: for each prompt that all have answered, some models are drawn, and a judge's
 * prompt is rendered for each aspect. Prompts stand in the order in which the first model has them. Holds the keys of
 * prompts and 16 bytes a response in memory.
 * @throws UserError naming the place, or if no prompt is left; then no file has appeared
 */
export async function writeAnnotationMix(options: MixOptions): Promise<MixWritten> {
  const { input, include, exclude, idColumn, signal } = options;
  requireFolderName(options.name);
  const pool = modelPool(input, { include, exclude });
  const names = pool.map(({ name }) => name);
  const oneSide = options.oneSide === undefined ? undefined : modelOf(options.oneSide);
  const count = oneSide === undefined ? Math.min(options.responses ?? 4, names.length) : 2;
  if (oneSide !== undefined) requireOneSide(oneSide, names);
  await using responses = await PoolResponses.open(pool, { idColumn, signal });
  const { keys: complete, incomplete } = responses.complete();
  if (complete.length === 0) {
    throw new UserError(
      `${input} has no prompt that all models have answered (prompts: ${responses.counts()}): generate what is missing, or leave models out by -x.`,
    );
  }
  const keys = sampled(complete, options);
  await using files = await MixFiles.create(options.output, options.name, ASPECTS);
  let emptyResponses = 0;
  for (const key of keys) {
    signal?.throwIfAborted();
    const draw = { seed: options.seed, prompt: key, count, oneSide };
    const models = options.models?.(key) ?? drawModels(names, draw);
    const rows = await responses.of(key, models);
    emptyResponses += rows.filter(({ response }) => response.trim() === "").length;
    await files.write(mixLines(rows, models, options.judging));
  }
  return {
    files: await files.commit(),
    rows: keys.length,
    models: names,
    responses: count,
    seed: options.seed,
    incomplete,
    repeated: responses.repeated,
    emptyResponses,
  };
}

/** @throws UserError if the shards cannot lie in a folder of that name beside `full` */
function requireFolderName(name: string): void {
  if (name !== "full" && !name.startsWith(".") && !/[/\\]/.test(name)) return;
  throw new UserError(`--name is ${JSON.stringify(name)}: give a plain name for the folder of the shards.`);
}

function requireOneSide(model: string, names: readonly string[]): void {
  if (!names.includes(model)) {
    throw new UserError(`--one_side_model is ${model}, which is none of the models: ${names.join(", ")}.`);
  }
  if (names.length === 1) {
    throw new UserError(`--one_side_model needs another model beside ${model}: there is none.`);
  }
}

/** Some of the prompts, in their order: which ones follows from the seed and each prompt alone. */
function sampled(keys: string[], { sample = 0, seed }: MixOptions): string[] {
  if (sample === 0 || sample >= keys.length) return keys;
  const drawn = keys.map((key) => ({ key, draw: drawFor(seed, "sample", key)() }));
  const taken = new Set(
    drawn
      .sort((a, b) => a.draw - b.draw)
      .slice(0, sample)
      .map(({ key }) => key),
  );
  return keys.filter((key) => taken.has(key));
}
