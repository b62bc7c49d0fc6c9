import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { JOB_STAGES } from "../../services/coordinator/kinds/job-kinds.ts";
import { parsePipelineMessage } from "../../shared/contracts/messages/pipeline-message.ts";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";
import { readYaml } from "../../shared/yaml/read-yaml.ts";
import { type Pipeline, parsePipeline } from "../../tools/pipeline/parse-pipeline.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { type ModelsFile, readModelsFile } from "../generate/models-file.ts";

/** A pipeline as its file says it, checked as far as that can be done here. */
export interface TypedPipeline {
  /** The message's body. */
  message: Record<string, unknown>;
  pipeline: Pipeline;
  /** Annotators that files of models describe. */
  described: ModelsFile["described"];
}

/** Fields whose text may stand in a file of its own: @PATH. */
const TEXTS = ["system", "template"];

/**
 * Reads the YAML of a pipeline; what it names in further files is taken in, since a message cannot make a service read
 * them. @throws UserError naming the file, and the stage where there is one
 */
export function readPipelineFile(path: string): TypedPipeline {
  const said = parsed(path);
  const described: ModelsFile["described"] = {};
  const stages = mapStages(said.stages, (stage) => {
    const own = { ...stage };
    for (const field of TEXTS) {
      const text = own[field];
      if (typeof text === "string" && text.startsWith("@")) own[field] = textOrFile(field, text);
    }
    if (typeof own.models === "string" && isFile(own.models)) {
      const file = readModelsFile(own.models);
      add(described, file.described, own.models);
      own.models = file.models;
    }
    return own;
  });
  const name = basename(path).replace(/\.ya?ml$/i, "");
  const message = { name, ...said, ...(stages === undefined ? {} : { stages }), folder: process.cwd() };
  const pipeline = parsePipeline(parsePipelineMessage(message), process.cwd(), JOB_STAGES);
  return { message, pipeline, described };
}

function parsed(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { message, exitCode } = unreadable(path, cause);
    throw new UserError(`The pipeline ${message}`, { cause, exitCode });
  }
  const { value } = readYaml(text, path);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UserError(
    `${path} describes no pipeline: write stages: and under it a name for each, with uses:.`,
  );
}

function mapStages(
  stages: unknown,
  change: (stage: Record<string, unknown>) => Record<string, unknown>,
): Record<string, unknown> | undefined {
  // What is wrong with it is said by the message's own schema.
  if (typeof stages !== "object" || stages === null || Array.isArray(stages)) return undefined;
  return Object.fromEntries(
    Object.entries(stages).map(([name, stage]) => [
      name,
      typeof stage === "object" && stage !== null && !Array.isArray(stage) ? change(stage) : stage,
    ]),
  );
}

/** @throws UserError where another file says another thing of a model */
function add(described: ModelsFile["described"], more: ModelsFile["described"], file: string): void {
  for (const [name, fields] of Object.entries(more)) {
    const before = described[name];
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(fields))
      throw new UserError(
        `${file} describes ${name} in another way than a file of an earlier stage: give it another annotator.`,
      );
    described[name] = fields;
  }
}

function isFile(models: string): boolean {
  return /\.ya?ml$/i.test(models) || existsSync(models);
}
