import { join } from "node:path";
import { budgetOf } from "../../../../shared/annotators/budget-of.ts";
import { paramsInForce, samplingInForce } from "../../../../shared/annotators/sampling-in-force.ts";
import { RECORD_FILES } from "../../../../shared/completions/record-files.ts";
import type { DatasetRequest } from "../../../../shared/contracts/dataset-request.ts";
import type { PlanStep } from "../../../../shared/contracts/job-entry.ts";
import {
  GENERATE_KIND,
  type GenerateModel,
  type ModelWanted,
  modelFolder,
  parseGenerateMessage,
  samplingOfModel,
} from "../../../../shared/contracts/messages/generate-message.ts";
import { givenNames } from "../../../../shared/contracts/messages/sampling.ts";
import { findFiles, fixedPartOf } from "../../../../shared/datasets/finding/find-files.ts";
import { hubPrompts } from "../../../../shared/datasets/hub/hub-prompts.ts";
import type { OutputFormat } from "../../../../shared/datasets/writing/output.ts";
import { UserError } from "../../../../shared/errors.ts";
import { jobId, planId } from "../job-id.ts";
import type { ResolvedJob, ResolvedPlan, SubmitContext } from "../job-kind.ts";
import { makeDispatch } from "../make-dispatch.ts";
import { guardedPath } from "../path-guard.ts";
import { outputNames } from "./generate-task.ts";

/**
 * Checks the message of a generating job and resolves it: one model answers in a job, several in a plan of such jobs.
 * @throws UserError
 */
export async function submitGeneration(
  input: unknown,
  context: SubmitContext,
): Promise<ResolvedJob | ResolvedPlan> {
  const models = parseGenerateMessage(input);
  for (const { values } of models) context.registry.resolve(values.annotator);
  const [first] = models as [ModelWanted];
  const source = await sourceOf(first.values, context);
  if (models.length === 1) return await jobOf(first, source, context);
  await refuseIfNoneCan(models.map((model) => jobOf(model, source, context)));
  const targetDir = await targetDirOf(first.values, context);
  const plan = {
    input: first.values.source_file.join(", "),
    outputFolder: targetDir,
    steps: models.map((model) => stepOf(model, source)),
    granted: context.granted,
    anew: false,
  };
  return { id: planId(GENERATE_KIND, targetDir), plan };
}

/** The message of one model. */
function stepOf({ given, values }: ModelWanted, source: Source): PlanStep {
  const { annotator, name: _, ...message } = given;
  const { name } = values;
  const own = { ...message, source_file: namesOf(values, source), models: [{ annotator, name }] };
  return { name, does: "job", kind: GENERATE_KIND, message: own, after: [], reads: null, output: null };
}

/** What is wrong with one model holds up none of the others, what is wrong with all of them is said at once. */
async function refuseIfNoneCan(jobs: Promise<ResolvedJob>[]): Promise<void> {
  const faults = (await Promise.allSettled(jobs)).flatMap((one) =>
    one.status === "rejected" ? [one.reason as unknown] : [],
  );
  const bug = faults.find((fault) => !(fault instanceof UserError));
  if (bug !== undefined) throw bug;
  if (faults.length < jobs.length) return;
  const sentences = new Set((faults as UserError[]).map(({ message }) => message));
  throw new UserError([...sentences].join(" "), { exitCode: (faults[0] as UserError).exitCode });
}

async function jobOf(
  { values, given }: ModelWanted,
  source: Source,
  context: SubmitContext,
): Promise<ResolvedJob> {
  const annotator = context.registry.resolve(values.annotator);
  const outputFolder = join(await targetDirOf(values, context), modelFolder(values.name));
  const tempDir = await guardedPath("temp_dir", values.temp_dir, context.roots, context.granted);
  const id = jobId(GENERATE_KIND, outputFolder);
  const format = values.format === "sparse-feedback" ? "json" : values.format;
  const names = checkedNames(source, format);
  const sampling = samplingOfModel(values);
  const typed = givenNames(given);
  return {
    id,
    input: values.source_file.join(", "),
    retryFailed: values.retry_failed,
    overwrite: values.overwrite,
    spec: {
      dataset: datasetOf(values, source),
      datasetName: names.join(", "),
      outputFolder,
      output: names.length === 1 ? join(outputFolder, names[0]!) : outputFolder,
      besidePrefix: "",
      workFolder: join(tempDir, id),
      params: paramsInForce(paramsOf(values, source), samplingInForce(annotator, sampling, typed)),
      dispatch: makeDispatch(values.annotator, annotator, values, sampling, typed),
      format,
      tokenizer: annotator.tokenizer,
      prices: annotator.prices,
      maxCost: budgetOf(values, annotator),
      maxFailureRate: values.max_failure_rate ?? null,
      asks: 1,
      task: {
        shape: values.format === "sparse-feedback" ? "responses" : "outputs",
        system: values.system ?? null,
      },
    },
  };
}

async function targetDirOf(values: GenerateModel, { roots, granted }: SubmitContext): Promise<string> {
  return await guardedPath("target_dir", values.target_dir, roots, granted);
}

type Source = DatasetRequest["source"];

/** Files are checked before they are looked for: an error must not tell what lies outside of the roots. */
async function sourceOf(values: GenerateModel, { roots, granted }: SubmitContext): Promise<Source> {
  const guard = (path: string) => guardedPath("source_file", path, roots, granted);
  const { source_file: given, split, subset, revision } = values;
  for (const pattern of given) if (!pattern.startsWith("hf:")) await guard(fixedPartOf(pattern));
  const folder = roots.folders[0]!;
  const hub = await hubPrompts(given, { folder, split, subset, revision });
  if (hub !== undefined) return hub;
  const paths = await findFiles(given, folder);
  for (const path of paths) await guard(path);
  return { kind: "files", paths };
}

/** Files by their paths, so that a pattern means the same ones later; a dataset of the hub by its name. */
function namesOf({ source_file }: GenerateModel, source: Source): string[] {
  return source.kind === "files" ? source.paths : source_file;
}

/** @throws UserError where two inputs would have the same output, or one that of another file */
function checkedNames(source: Source, format: OutputFormat): string[] {
  const names = outputNames(source, format);
  const asked = source.kind === "files" ? source.paths : names;
  for (const [at, name] of names.entries()) {
    const other = names.indexOf(name);
    if (other < at)
      throw new UserError(
        `${asked[other]} and ${asked[at]} would both be answered in ${name}: rename one of them.`,
      );
    if (RECORD_FILES.some((file) => file === name))
      throw new UserError(
        `${asked[at]} would be answered in ${name}, which is another file's name: rename it.`,
      );
  }
  return names;
}

function datasetOf(values: GenerateModel, source: Source): DatasetRequest {
  const { columns, system, template, limit, offset, shard, skip_bad_rows } = values;
  const given = { columns, system, template, limit, offset, shard };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { source, ...known, skipBadRows: skip_bad_rows, keepSource: true };
}

/** What config.yaml shows, and by which two submissions are compared. */
function paramsOf(values: GenerateModel, source: Source): Record<string, unknown> {
  const { retry_failed: _, overwrite: __, ...params } = values;
  return { ...params, source_file: namesOf(values, source) };
}
