import { z } from "zod";
import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { list, oneOf, paceShape, rowsShape, text } from "./job-fields.ts";
import { readFields } from "./read-fields.ts";
import { type SamplingParameters, samplingAmong, samplingFaults, samplingShape } from "./sampling.ts";

/** Last token of the subject of its messages. */
export const GENERATE_KIND = "responses-generate";

const FORMATS = ["jsonl", "json", "csv", "parquet", "sparse-feedback"] as const;

/** What is said once for all models. */
const placeShape = {
  source_file: z
    .union([z.string(), z.array(z.string())], { error: "source_file must be a path, or a list of paths." })
    .transform((given) => (typeof given === "string" ? [given] : given))
    .refine((paths) => paths.length > 0 && paths.every((path) => path !== ""), {
      error: "source_file is empty: name a file of prompts, or a hub dataset.",
    }),
  target_dir: text("target_dir").default("datasets/generated"),
  temp_dir: text("temp_dir").default("datasets/temp"),
  /** Of a hub dataset. */
  split: text("split").optional(),
  subset: text("subset").optional(),
  revision: text("revision").optional(),
  ...rowsShape,
  columns: text("columns").optional(),
  format: oneOf("format", FORMATS).default("jsonl"),
};

/** What each model may have of its own. */
const modelShape = {
  annotator: text("annotator"),
  /** Of the model's folder; the annotator's unless given. */
  name: text("name").optional(),
  system: z.string({ error: "system must be a text." }).optional(),
  template: text("template").optional(),
  ...paceShape,
  ...samplingShape,
};

/** What an entry of `models` may hold. */
export const MODEL_FIELDS: readonly string[] = Object.keys(modelShape);

const ModelMessage = z.strictObject({ ...placeShape, ...modelShape });
/** The answers of one model that are wanted: all fields of the message, with the model's own in place of the common ones. */
export type GenerateModel = Omit<z.infer<typeof ModelMessage>, "name"> & { name: string };

const { annotator: _, name: __, ...commonShape } = modelShape;
/** What a `responses-generate` message may hold; a model's own fields stand with its name in `models`. */
export const GenerateMessage = z.strictObject({
  ...placeShape,
  models: z.union([z.string(), z.array(z.union([z.string(), z.record(z.string(), z.unknown())]))], {
    error: "models must be names separated by commas, or a list of names and of objects with an annotator.",
  }),
  include: list("include").optional(),
  exclude: list("exclude").optional(),
  ...commonShape,
});

/** Five, as the ratings and rankings of sparse feedback want them. */
const SPARSE_RESPONSES = 5;
const EXAMPLE = '{"source_file": "prompts.jsonl", "models": "gpt-4o-mini,gpt-4o-2024-08-06"}';

/** One model of a message, with what was said for it: what is not in `given` is a default. */
export interface ModelWanted {
  values: GenerateModel;
  given: Record<string, unknown>;
}

/**
 * The models of a message that `include` and `exclude` leave, each with all that is said for it.
 * @throws UserError with a sentence for each fault
 */
export function parseGenerateMessage(input: unknown): ModelWanted[] {
  const message = readFields(GenerateMessage, input, {
    example: EXAMPLE,
    missing: {
      source_file: "name one or more files of prompts",
      models: "name one or more annotators",
    },
  });
  const { models: _, include: __, exclude: ___, ...common } = input as Record<string, unknown>;
  const all = entriesOf(message.models).map((entry) => modelOf(common, entry));
  refuseTwins(all.map(({ values }) => values.name));
  const left = filtered(all, message.include, message.exclude);
  if (left.length > 0) return left;
  throw new UserError("No model is left: include and exclude leave none of those that models names.");
}

/** The sampling parameters among the fields. */
export function samplingOfModel(values: GenerateModel): SamplingParameters {
  return samplingAmong(values);
}

/** A model's name as the name of its folder. */
export function modelFolder(name: string): string {
  return name.replaceAll("/", "___");
}

function entriesOf(models: z.infer<typeof GenerateMessage>["models"]): Record<string, unknown>[] {
  const list = typeof models === "string" ? models.split(",") : models;
  const entries = list
    .filter((one) => typeof one !== "string" || one.trim() !== "")
    .map((one) => (typeof one === "string" ? { annotator: one.trim() } : one));
  if (entries.length > 0) return entries;
  throw new UserError("models is empty: name one or more annotators.");
}

function modelOf(common: Record<string, unknown>, entry: Record<string, unknown>): ModelWanted {
  const called = entry.name ?? entry.annotator;
  const place = typeof called === "string" ? `Model ${called}: ` : "A model of models: ";
  for (const field of Object.keys(entry)) refuseForeignField(field, place);
  const given: Record<string, unknown> = { ...common, ...entry };
  if (given.format === "sparse-feedback" && given.n === undefined) given.n = SPARSE_RESPONSES;
  const words = { example: EXAMPLE, missing: { annotator: "name the model" }, place };
  const { name, ...values } = readFields(ModelMessage, given, words);
  const model = { ...values, name: name ?? values.annotator };
  const faults = samplingFaults(samplingOfModel(model));
  if (faults.length > 0) throw new UserError(faults.map((fault) => place + fault).join(" "));
  if (/^\.|[\0\\]/.test(model.name))
    throw new UserError(`${place}name cannot be that of a folder: give another.`);
  return { values: model, given };
}

function refuseForeignField(field: string, place: string): void {
  if (MODEL_FIELDS.includes(field)) return;
  const near = nearestNames(field, MODEL_FIELDS);
  const hint = Object.hasOwn(placeShape, field)
    ? "it holds for all models, so that it belongs beside models."
    : near.length > 0
      ? `did you mean ${anyOf(near)}?`
      : `the fields are ${MODEL_FIELDS.join(", ")}.`;
  throw new UserError(`${place}it has no field ${field} of its own: ${hint}`);
}

function refuseTwins(given: string[]): void {
  const folders = given.map(modelFolder);
  const twin = given.find((_, at) => folders.indexOf(folders[at]!) !== at);
  if (twin === undefined) return;
  throw new UserError(`Two models are called ${twin}, and so would be their folders: give one another name.`);
}

function filtered(
  all: ModelWanted[],
  include: string[] | undefined,
  exclude: string[] | undefined,
): ModelWanted[] {
  const known = all.map(({ values }) => values.name);
  for (const [field, wanted] of Object.entries({ include, exclude })) {
    const stray = wanted?.find((name) => !known.includes(name));
    if (stray === undefined) continue;
    const near = nearestNames(stray, known);
    const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `models names ${known.join(", ")}.`;
    throw new UserError(`${field} names ${stray}, which is not among the models: ${hint}`);
  }
  return all.filter(
    ({ values: { name } }) => (include?.includes(name) ?? true) && !(exclude?.includes(name) ?? false),
  );
}
