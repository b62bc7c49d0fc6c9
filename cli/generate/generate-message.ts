import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import type { Registry } from "../../shared/annotators/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import {
  type ModelWanted,
  parseGenerateMessage,
  samplingOfModel,
} from "../../shared/contracts/generate-message.ts";
import { givenNames } from "../../shared/contracts/sampling.ts";
import { findFiles } from "../../shared/datasets/find-files.ts";
import { hubPrompts } from "../../shared/datasets/hub-prompts.ts";
import type { DatasetSource } from "../../shared/datasets/resolve-dataset.ts";
import { UserError } from "../../shared/errors.ts";
import type { Asked } from "../estimate/job-estimate.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { GENERATE_FLAGS } from "./generate-flags.ts";
import { type ModelsFile, readModelsFile } from "./models-file.ts";

const TARGET_DIR = "datasets/generated";
const TEMP_DIR = "datasets/temp";

/** A generating job as it was typed, checked as far as that can be done here. */
export interface TypedGenerate {
  /** The message's body: given fields only, paths absolute. */
  message: Record<string, unknown>;
  /** The models that are wanted, each with all that is said for it. */
  models: ModelWanted[];
  /** The dataset of the hub that the prompts are; undefined where they are files. */
  hub: DatasetSource | undefined;
  /** Annotators that the file of models describes. */
  described: ModelsFile["described"];
}

/**
 * Reads the flags of a generating job. @param elsewhere the system may run on another machine, and so have other files
 * @throws UserError in the sentences of the message's schema
 */
export async function typedGenerate(
  flags: Record<string, unknown>,
  elsewhere: boolean,
): Promise<TypedGenerate> {
  const given = givenFields(flags, GENERATE_FLAGS, textOrFile);
  if (given.source_file === undefined)
    throw new UserError("--source_file is missing: name one or more files of prompts, or a hub dataset.");
  if (given.models === undefined)
    throw new UserError(
      "--models is missing: name models (`assay annotators` lists them), or a YAML file of models.",
    );
  const { models, described } = modelsOf(given.models as string);
  const named = given.source_file as string[];
  const { split, subset, revision } = given as Partial<Record<"split" | "subset" | "revision", string>>;
  const hub = await hubPrompts(named, { folder: process.cwd(), split, subset, revision });
  const message = {
    ...given,
    models,
    source_file: hub === undefined ? await filesOf(named, elsewhere) : named,
    target_dir: resolve((given.target_dir as string) ?? TARGET_DIR),
    temp_dir: resolve((given.temp_dir as string) ?? TEMP_DIR),
  };
  const wanted = parseGenerateMessage(message);
  const names = new Set(wanted.map(({ values }) => values.annotator));
  const used = Object.entries(described).filter(([name]) => names.has(name));
  return { message, models: wanted, hub, described: Object.fromEntries(used) };
}

/** What an annotator of the job is asked. @param hub as of the typed job */
export function askedOf({ values }: ModelWanted, annotator: Annotator, hub: TypedGenerate["hub"]): Asked {
  const { columns, system, template, limit, offset, shard, source_file: paths } = values;
  const given = { columns, system, template, limit, offset, shard };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    request: { source: hub ?? { kind: "files", paths }, ...known, skipBadRows: values.skip_bad_rows },
    tempDir: values.temp_dir,
    annotator,
    params: samplingOfModel(values),
    pace: values,
  };
}

/** The request body of a model but for its messages. @throws UserError for parameters that it does not take */
export function requestOf({ values, given }: ModelWanted, registry: Registry): Record<string, unknown> {
  return buildRequest(registry.resolve(values.annotator), samplingOfModel(values), givenNames(given));
}

function modelsOf(text: string): ModelsFile {
  if (existsSync(text) || /\.(ya?ml|json)$/i.test(text)) return readModelsFile(text);
  return { models: text.split(",").filter((name) => name.trim() !== ""), described: {} };
}

async function filesOf(given: string[], elsewhere: boolean): Promise<string[]> {
  try {
    return await findFiles(given, process.cwd());
  } catch (error) {
    if (!elsewhere) throw error;
    return given.map((path) => resolve(path));
  }
}
