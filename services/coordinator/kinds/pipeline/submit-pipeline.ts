import { refuseIfNoneCan } from "../../../../shared/annotators/call.ts";
import type { PlanStep } from "../../../../shared/contracts/job-entry.ts";
import {
  PIPELINE_KIND,
  type PipelineMessage,
  parsePipelineMessage,
} from "../../../../shared/contracts/messages/pipeline-message.ts";
import { fixedPartOf } from "../../../../shared/datasets/finding/find-files.ts";
import { UserError } from "../../../../shared/errors.ts";
import { whileInStage } from "../../../../tools/pipeline/in-stage.ts";
import { parsePipeline, type Stage } from "../../../../tools/pipeline/parse-pipeline.ts";
import { refuseMissing } from "../../../../tools/pipeline/refuse-missing.ts";
import { planId } from "../job-id.ts";
import type { ResolvedPlan, SubmitContext } from "../job-kind.ts";
import { guardedPath } from "../path-guard.ts";

/** Checks the message of a pipeline and each of its stages, and resolves them. @throws UserError naming the stage */
export async function submitPipeline(input: unknown, context: SubmitContext): Promise<ResolvedPlan> {
  const message = parsePipelineMessage(input);
  const folder = await guardedPath("folder", message.folder ?? ".", context.roots, context.granted);
  const { name, outputDir, stages } = parsePipeline(message, folder, context.stages);
  await guardedPath("output_dir", outputDir, context.roots, context.granted);
  for (const stage of stages) await whileInStage(stage.name, () => checkStage(stage, context));
  const plan = {
    input: name,
    outputFolder: outputDir,
    steps: stages.map((stage) => stepOf(stage, message)),
    granted: context.granted,
    anew: message.overwrite,
  };
  return { id: planId(PIPELINE_KIND, outputDir), plan };
}

/** Its models, places and inputs, before anything is begun. @throws UserError */
async function checkStage(stage: Stage, context: SubmitContext): Promise<void> {
  const { kind, message, calls } = stage;
  if (kind.kind === "publish" && !context.granted)
    throw new UserError(
      "what goes to the hub must be typed in an assay command where the system was started.",
    );
  refuseIfNoneCan(calls, context.registry);
  for (const field of kind.paths) {
    for (const path of [message[field]].flat()) {
      if (typeof path === "string" && path.startsWith("/"))
        await guardedPath(field, fixedPartOf(path), context.roots, context.granted);
    }
  }
  await refuseMissing(stage);
}

function stepOf(
  { name, kind, message, after, reads, outputs }: Stage,
  { retry_failed }: PipelineMessage,
): PlanStep {
  const told = kind.does === "job" && retry_failed ? { ...message, retry_failed } : message;
  return {
    name,
    does: kind.does,
    kind: kind.kind,
    message: told,
    after,
    reads,
    output: outputs.output ?? null,
  };
}
