import { resolve, sep } from "node:path";
import type { PipelineMessage } from "../../shared/contracts/messages/pipeline-message.ts";
import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { inStage } from "./in-stage.ts";
import { orderStages } from "./order-stages.ts";
import { resolveReferences, stagesIn } from "./references.ts";
import type { CheckedStage, JobStages, PipelinePlace, StageKind } from "./stage-kind.ts";
import { stageKindNamed } from "./stage-kinds.ts";

/** A stage whose references are resolved and whose fields are checked. */
export interface Stage extends CheckedStage {
  name: string;
  kind: StageKind;
  /** The message of its job or the fields of its tool; paths absolute. */
  message: Record<string, unknown>;
  /** Stages whose outputs it reads. */
  after: string[];
  /** Those of what it reads that no stage writes. */
  given: string[];
}

export interface Pipeline {
  name: string;
  outputDir: string;
  /** Each behind those that it reads of. */
  stages: Stage[];
}

/**
 * Reads a pipeline. @param folder where relative paths begin @param jobs the kinds of jobs that a stage may be
 * @throws UserError naming the stage: unknown names with the nearest ones, stages that wait for each other, fields that
 * a stage does not know, two stages that write the same
 */
export function parsePipeline(message: PipelineMessage, folder: string, jobs: JobStages): Pipeline {
  const outputDir = resolve(folder, message.output_dir ?? `datasets/${message.name}`);
  const place = { outputDir, tempDir: resolve(folder, message.temp_dir) };
  const names = Object.keys(message.stages);
  for (const name of names) refuseName(name);
  const stages = new Map<string, Stage>();
  const outputs = new Map<string, Record<string, string>>();
  for (const name of orderStages(names, (one) => stagesIn(message.stages[one]))) {
    const stage = inStage(name, () => readStage(name, message, folder, place, outputs, jobs));
    stages.set(name, stage);
    outputs.set(name, stage.outputs);
  }
  refuseTwins([...stages.values()]);
  for (const stage of stages.values()) Object.assign(stage, standingOf(stage, [...stages.values()]));
  const ordered = orderStages(names, (one) => stages.get(one)!.after);
  return { name: message.name, outputDir, stages: ordered.map((name) => stages.get(name)!) };
}

function readStage(
  name: string,
  { stages, defaults }: PipelineMessage,
  folder: string,
  place: PipelinePlace,
  outputs: ReadonlyMap<string, Record<string, string>>,
  jobs: JobStages,
): Stage {
  const { uses, ...given } = stages[name]!;
  if (typeof uses !== "string") throw new UserError('it says not what it uses: write e.g. "uses: generate".');
  const kind = stageKindNamed(uses, jobs);
  for (const field of Object.keys(given)) refuseField(field, uses, kind);
  const known = Object.entries(defaults).filter(([field]) => kind.fields.includes(field));
  const written = { ...Object.fromEntries(known), ...given };
  const references = resolveReferences(
    written,
    { output_dir: place.outputDir },
    outputs,
    Object.keys(stages),
  );
  const message = { ...kind.defaults(name, place), ...absolute(kind, references as typeof written, folder) };
  return { name, kind, message, after: [], given: [], ...kind.check(message) };
}

function absolute(
  kind: StageKind,
  message: Record<string, unknown>,
  folder: string,
): Record<string, unknown> {
  const placed = (field: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => placed(field, item));
    return typeof value === "string" && kind.isPath(field, value) ? resolve(folder, value) : value;
  };
  return Object.fromEntries(
    Object.entries(message).map(([field, value]) => [
      field,
      kind.paths.includes(field) ? placed(field, value) : value,
    ]),
  );
}

/** Which stages write what it reads, whether it refers to them or names the path, and what none writes. */
function standingOf({ name, reads }: Stage, stages: Stage[]): Pick<Stage, "after" | "given"> {
  const others = stages.filter((other) => other.name !== name);
  const isOf = (path: string, { outputs }: Stage) =>
    Object.values(outputs).some((output) => isWithin(path, output));
  const writers = others.filter((other) => reads.some((path) => isOf(path, other)));
  return {
    after: writers.map((writer) => writer.name),
    given: reads.filter((path) => !writers.some((writer) => isOf(path, writer))),
  };
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(place + sep) || place.startsWith(path + sep);
}

function refuseTwins(stages: Stage[]): void {
  const writers = new Map<string, string>();
  for (const { name, outputs } of stages) {
    const { output } = outputs;
    const other = output === undefined ? undefined : writers.get(output);
    if (other !== undefined)
      throw new UserError(`The stages ${other} and ${name} both write ${output}: give one another output.`);
    if (output !== undefined) writers.set(output, name);
  }
}

function refuseName(name: string): void {
  if (/^[A-Za-z][\w-]{0,49}$/.test(name)) return;
  throw new UserError(
    `${JSON.stringify(name)} is no name of a stage: begin with a letter, and go on with letters, digits, _ and -.`,
  );
}

function refuseField(field: string, uses: string, { fields }: StageKind): void {
  if (fields.includes(field)) return;
  const near = nearestNames(field, fields);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `it has ${fields.join(", ")}.`;
  throw new UserError(`${uses} has no field ${field}: ${hint}`);
}
