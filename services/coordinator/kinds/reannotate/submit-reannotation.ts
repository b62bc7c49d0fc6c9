import { join } from "node:path";
import { budgetOf } from "../../../../shared/annotators/budget-of.ts";
import { paramsInForce, samplingInForce } from "../../../../shared/annotators/sampling-in-force.ts";
import type { DatasetRequest } from "../../../../shared/contracts/dataset-request.ts";
import {
  parseReannotateMessage,
  REANNOTATE_KIND,
  type ReannotateMessage,
  samplingOf,
} from "../../../../shared/contracts/messages/reannotate-message.ts";
import { givenNames } from "../../../../shared/contracts/messages/sampling.ts";
import {
  type DatasetSource,
  datasetName,
  resolveDataset,
} from "../../../../shared/datasets/finding/resolve-dataset.ts";
import { jobId } from "../job-id.ts";
import type { ResolvedJob, SubmitContext } from "../job-kind.ts";
import { makeDispatch } from "../make-dispatch.ts";
import { guardedPath } from "../path-guard.ts";

/** Checks the message of a re-annotation and resolves it. @throws UserError */
export async function submitReannotation(input: unknown, context: SubmitContext): Promise<ResolvedJob> {
  const message = parseReannotateMessage(input);
  const annotator = context.registry.resolve(message.annotator);
  const place = (field: "save_dir" | "temp_dir") =>
    guardedPath(field, message[field], context.roots, context.granted);
  const [saveDir, tempDir] = [await place("save_dir"), await place("temp_dir")];
  const source = await sourceOf(message, context);
  const name = datasetName(source);
  const outputFolder = join(saveDir, `${name}_${message.annotator.replaceAll("/", "_")}`);
  const id = jobId(REANNOTATE_KIND, outputFolder);
  const given = givenNames(input as Record<string, unknown>);
  const sampling = samplingOf(message);
  return {
    id,
    input: message.dataset,
    retryFailed: message.retry_failed,
    overwrite: message.overwrite,
    spec: {
      dataset: datasetOf(message, source),
      datasetName: name,
      outputFolder,
      output: join(outputFolder, `reannotated.${message.format}`),
      besidePrefix: "",
      workFolder: join(tempDir, id),
      params: paramsInForce(paramsOf(message, source), samplingInForce(annotator, sampling, given)),
      dispatch: makeDispatch(message.annotator, annotator, message, sampling, given),
      format: message.format,
      tokenizer: annotator.tokenizer,
      prices: annotator.prices,
      maxCost: budgetOf(message, annotator),
      maxFailureRate: message.max_failure_rate ?? null,
      asks: 1,
      task: {},
    },
  };
}

async function sourceOf(message: ReannotateMessage, context: SubmitContext): Promise<DatasetSource> {
  const { dataset, split, subset, revision } = message;
  // Checked before it is looked for: an error must not tell what lies outside of the roots.
  if (!dataset.startsWith("hf:")) await guardedPath("dataset", dataset, context.roots, context.granted);
  return await resolveDataset(dataset, { folder: context.roots.folders[0]!, split, subset, revision });
}

function datasetOf(message: ReannotateMessage, source: DatasetSource): DatasetRequest {
  const { columns, system, template, limit, offset, shard, skip_bad_rows } = message;
  return {
    source,
    ...(columns === undefined ? {} : { columns }),
    ...(system === undefined ? {} : { system }),
    ...(template === undefined ? {} : { template }),
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
    ...(shard === undefined ? {} : { shard }),
    skipBadRows: skip_bad_rows,
    ...(message.keep_columns && { keepSource: true }),
  };
}

/** What config.yaml shows, and by which two submissions are compared. */
function paramsOf(message: ReannotateMessage, source: DatasetSource): Record<string, unknown> {
  const { retry_failed: _, overwrite: __, ...params } = message;
  return { ...params, dataset: source.kind === "file" ? source.path : source.repo };
}
