import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseGenerateMessage } from "../../shared/contracts/messages/generate-message.ts";
import { findFiles } from "../../shared/datasets/finding/find-files.ts";
import { hubPrompts } from "../../shared/datasets/hub/hub-prompts.ts";
import { UserError } from "../../shared/errors.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import type { TypedJob } from "../jobs/typed-by-flags.ts";
import { GENERATE_FLAGS } from "./generate-flags.ts";
import { type ModelsFile, readModelsFile } from "./models-file.ts";

const TARGET_DIR = "datasets/generated";
const TEMP_DIR = "datasets/temp";

/**
 * Reads the flags of a generating job. @param elsewhere the system may run on another machine, and so have other files
 * @throws UserError in the sentences of the message's schema
 */
export async function readGeneration(flags: Record<string, unknown>, elsewhere: boolean): Promise<TypedJob> {
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
  const names = new Set(parseGenerateMessage(message).map(({ values }) => values.annotator));
  const used = Object.entries(described).filter(([name]) => names.has(name));
  return { message, described: Object.fromEntries(used) };
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
