import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import type { Registry } from "../../shared/annotators/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { routeOf } from "../../shared/annotators/route.ts";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import type { JobSpec } from "../../shared/contracts/job-entry.ts";
import {
  parseReannotateMessage,
  type ReannotateMessage,
  samplingOf,
} from "../../shared/contracts/reannotate-message.ts";
import { givenNames } from "../../shared/contracts/sampling.ts";
import { datasetName, resolveDataset } from "../../shared/datasets/resolve-dataset.ts";
import { UserError } from "../../shared/errors.ts";
import { guardedPath } from "./path-guard.ts";

export interface Submitted {
  id: string;
  message: ReannotateMessage;
  spec: JobSpec;
}

/**
 * Checks a message and resolves everything in it: dataset, annotator, paths, request body.
 * @param granted its paths may lie anywhere
 * @throws UserError
 */
export async function makeSpec(
  input: unknown,
  context: { registry: Registry; roots: readonly string[]; granted: boolean },
): Promise<Submitted> {
  const message = parseReannotateMessage(input);
  const annotator = context.registry.resolve(message.annotator);
  const place = (field: "save_dir" | "temp_dir") =>
    guardedPath(field, message[field], context.roots, context.granted);
  const [saveDir, tempDir] = [await place("save_dir"), await place("temp_dir")];
  const dataset = await datasetOf(message, context);
  const name = datasetName(dataset.source);
  const outputFolder = join(saveDir, `${name}_${message.annotator.replaceAll("/", "_")}`);
  const id = createHash("sha256").update(`dataset-reannotate\0${outputFolder}`).digest("hex").slice(0, 16);
  return {
    id,
    message,
    spec: {
      dataset,
      datasetName: name,
      outputFolder,
      workFolder: join(tempDir, id),
      params: paramsOf(message, dataset),
      dispatch: dispatchOf(message, annotator, input as Record<string, unknown>),
      format: message.format,
      tokenizer: annotator.tokenizer,
      prices: annotator.prices,
      maxCost: budgetOf(message, annotator),
    },
  };
}

async function datasetOf(
  message: ReannotateMessage,
  context: { roots: readonly string[]; granted: boolean },
): Promise<DatasetRequest> {
  const { dataset, split, subset, revision } = message;
  // Checked before it is looked for: an error must not tell what lies outside of the roots.
  if (!dataset.startsWith("hf:")) await guardedPath("dataset", dataset, context.roots, context.granted);
  const source = await resolveDataset(dataset, { folder: context.roots[0]!, split, subset, revision });
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
  };
}

/** What config.yaml shows, and by which two submissions are compared. */
function paramsOf(message: ReannotateMessage, dataset: DatasetRequest): Record<string, unknown> {
  const { retry_failed: _, overwrite: __, ...params } = message;
  const { source } = dataset;
  return { ...params, dataset: source.kind === "file" ? source.path : source.repo };
}

function dispatchOf(
  message: ReannotateMessage,
  annotator: Annotator,
  given: Record<string, unknown>,
): JobSpec["dispatch"] {
  return {
    annotator: message.annotator,
    route: routeOf(annotator).id,
    request: buildRequest(annotator, samplingOf(message), givenNames(given)),
    maxTokens: message.max_tokens,
    choices: message.n,
    limits: {
      requestsPerMinute: message.max_requests_per_minute ?? annotator.limits.requestsPerMinute,
      tokensPerMinute: message.max_tokens_per_minute ?? annotator.limits.tokensPerMinute,
    },
    charges: message.charges ?? annotator.charges,
    maxAttempts: message.max_attempts,
    budgeted: message.max_cost !== undefined,
    timeoutMs: message.timeout === undefined ? null : message.timeout * 1000,
    concurrency: message.concurrency ?? null,
    invalidFinishReasons: message.invalid_finish_reasons,
    returnTo: "collector",
    priority: message.priority,
  };
}

function budgetOf(message: ReannotateMessage, annotator: Annotator): number | null {
  if (message.max_cost === undefined) return null;
  if (annotator.prices !== null) return message.max_cost;
  throw new UserError(
    `max_cost is given, but the price of ${annotator.name} is unknown: give its prices in the annotators file, or leave max_cost out.`,
  );
}
