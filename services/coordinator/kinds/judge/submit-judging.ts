import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { budgetOf } from "../../../../shared/annotators/budget-of.ts";
import { paramsInForce, samplingInForce } from "../../../../shared/annotators/sampling-in-force.ts";
import type { JobSpec } from "../../../../shared/contracts/job-entry.ts";
import {
  JUDGE_KIND,
  type JudgeMessage,
  judgedFormatOf,
  judgingFlagsOf,
  parseJudgeMessage,
  samplingOfJudge,
  seedOfDraws,
} from "../../../../shared/contracts/messages/judge-message.ts";
import { givenNames, type SamplingParameters } from "../../../../shared/contracts/messages/sampling.ts";
import { UserError } from "../../../../shared/errors.ts";
import { itemColumnsOf } from "../../../../shared/judging/items/item-columns.ts";
import type { Judging } from "../../../../shared/judging/judging.ts";
import { loadJudging } from "../../../../shared/judging/load-judging.ts";
import { isOwnTemplate } from "../../../../shared/judging/templates/own-template.ts";
import { jobId } from "../job-id.ts";
import type { ResolvedJob, SubmitContext } from "../job-kind.ts";
import { makeDispatch } from "../make-dispatch.ts";
import { guardedPath } from "../path-guard.ts";
import type { JudgeTask } from "./judge-task.ts";

/** Checks the message of a judging job and resolves it. @throws UserError */
export async function submitJudging(given: unknown, context: SubmitContext): Promise<ResolvedJob> {
  const message = await placed(parseJudgeMessage(given), context);
  const annotator = context.registry.resolve(message.annotator);
  const judging = await loadJudging(judgingFlagsOf(message));
  const sampling = samplingOfJudge(message);
  const names = givenNames(given as Record<string, unknown>);
  const outputFolder = dirname(message.output);
  const id = jobId(JUDGE_KIND, message.output);
  const dispatch = makeDispatch(message.annotator, annotator, message, withSchema(sampling, judging), names);
  return {
    id,
    input: (given as JudgeMessage).input,
    retryFailed: message.retry_failed,
    overwrite: message.overwrite,
    spec: {
      dataset: datasetOf(message),
      datasetName: stemOf(message.input),
      outputFolder,
      output: message.output,
      besidePrefix: `${stemOf(message.output)}.`,
      workFolder: join(message.temp_dir, id),
      params: {
        ...paramsInForce(paramsOf(message, judging), samplingInForce(annotator, sampling, names)),
        seed: seedOfDraws(message),
      },
      dispatch: {
        ...dispatch,
        returnTo: "judge",
        batch: dispatch.batch && { ...dispatch.batch, reaskLane: message.reask_lane ?? "online" },
      },
      format: judgedFormatOf(message),
      tokenizer: annotator.tokenizer,
      prices: annotator.prices,
      maxCost: budgetOf(message, annotator),
      maxFailureRate: message.max_failure_rate ?? MOST_FAILURES,
      asks: 1 + message.reasks,
      task: taskOf(message, judging),
    },
  };
}

/** A judge that gives no verdict on most of what it is shown is the wrong one, or is asked in the wrong way. */
const MOST_FAILURES = 0.5;

/** The message with its paths resolved. */
async function placed(message: JudgeMessage, context: SubmitContext): Promise<JudgeMessage> {
  const at = (field: string, path: string) => guardedPath(field, path, context.roots, context.granted);
  const optional = async (field: "prompt_template" | "schema") => {
    const path = message[field];
    if (path === undefined || (field === "prompt_template" && isOwnTemplate(path))) return {};
    return { [field]: await existing(field, await at(field, path)) };
  };
  return {
    ...message,
    input: await existing("input", await at("input", message.input)),
    output: await at("output", message.output),
    temp_dir: await at("temp_dir", message.temp_dir),
    ...(await optional("prompt_template")),
    ...(await optional("schema")),
  };
}

async function existing(field: string, path: string): Promise<string> {
  if (await stat(path).catch(() => undefined)) return path;
  throw new UserError(`There is no ${path}, which ${field} names: check the path.`);
}

/** An answer in a schema is asked for as such. */
function withSchema(sampling: SamplingParameters, { responseFormat }: Judging): SamplingParameters {
  if (responseFormat === undefined) return sampling;
  return { ...sampling, extra_body: { response_format: responseFormat, ...sampling.extra_body } };
}

function datasetOf({ input, limit, offset, shard, skip_bad_rows }: JudgeMessage): JobSpec["dataset"] {
  return {
    source: { kind: "file", path: input },
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
    ...(shard === undefined ? {} : { shard }),
    skipBadRows: skip_bad_rows,
  };
}

function taskOf(message: JudgeMessage, judging: Judging): JudgeTask {
  return {
    judging,
    idColumn: message.id_col ?? null,
    ...(message.columns !== undefined && { columns: itemColumnsOf(message.columns) }),
    referenceModel: message.reference_model ?? null,
    header: message.header,
    commonAspects: message.common_aspects,
    minAspects: message.min_aspects ?? null,
  };
}

/** What the configuration file shows, and by which two submissions are compared: also which words the judge was given. */
function paramsOf(message: JudgeMessage, { templates }: Judging): Record<string, unknown> {
  const { retry_failed: _, overwrite: __, ...params } = message;
  const words = Object.entries(templates).map(([name, template]) => [name, template.sha256]);
  return { ...params, templates: Object.fromEntries(words) };
}

/** A name without folder and ending. */
function stemOf(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}
