import type { JobEstimate } from "../../shared/annotators/cost/estimate.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import { whileInStage } from "../../tools/pipeline/in-stage.ts";
import type { Stage } from "../../tools/pipeline/parse-pipeline.ts";
import { interruptible } from "../batch/interruptible.ts";
import { readCliConfig } from "../config.ts";
import { estimateWhole } from "../estimate/job-estimate.ts";
import { jobsHere } from "../estimate/jobs-here.ts";
import { costText, estimateLine, estimateObject, totalOf } from "../estimate/show-estimate.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { annotatorsFor } from "../system/described-system.ts";
import type { RunFlags } from "../system/run-flags.ts";
import { count } from "../view/amounts.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";
import { readPipelineFile } from "./pipeline-file.ts";
import { type StageOnDisk, stagesOnDisk } from "./stage-on-disk.ts";

/** A stage with what it will take of its models, or why that cannot be said. */
interface StageEstimate {
  name: string;
  uses: string;
  estimates: JobEstimate[];
  unknown: string | null;
}

/** What `assay estimate pipeline` does: what each stage that calls models will take, as far as its inputs are there. */
export async function estimatePipeline(file: string, flags: RunFlags): Promise<void> {
  const config = readCliConfig();
  const { pipeline, described } = readPipelineFile(file);
  const annotators = annotatorsFor(described, flags, config) ?? findAnnotatorsFile(config, flags.annotators);
  const registry = registryHere(annotators, config);
  const onDisk = new Map((await stagesOnDisk(pipeline)).map((stage) => [stage.name, stage]));
  const stages: StageEstimate[] = [];
  await interruptible(
    async (signal) => {
      for (const stage of pipeline.stages) {
        await whileInStage(stage.name, async () => {
          stages.push(await estimateStage(stage, onDisk, registry, signal));
        });
      }
    },
    () => "no call was made",
  );
  if (flags.json) printJson(asObject(stages));
  else show(stages);
}

async function estimateStage(
  { name, kind, message, after, calls }: Stage,
  onDisk: ReadonlyMap<string, StageOnDisk>,
  registry: Registry,
  signal: AbortSignal,
): Promise<StageEstimate> {
  const uses = kind.kind;
  if (calls.length === 0) return { name, uses, estimates: [], unknown: null };
  const lacking = onDisk.get(name)!.fault ?? waitsFor(after, onDisk);
  if (lacking !== null) return { name, uses, estimates: [], unknown: lacking };
  const { jobs, faults } = await jobsHere(kind.kind, message, registry);
  for (const fault of faults) tell(`Stage ${name}: left out: ${fault}`);
  const estimates: JobEstimate[] = [];
  for (const job of jobs) estimates.push(await estimateWhole(job, signal));
  return { name, uses, estimates, unknown: null };
}

function waitsFor(after: readonly string[], onDisk: ReadonlyMap<string, StageOnDisk>): string | null {
  const unwritten = after.filter((name) => !onDisk.get(name)!.written);
  if (unwritten.length === 0) return null;
  return `it reads what ${unwritten.join(" and ")} will write: estimate it when that is done.`;
}

function show(stages: readonly StageEstimate[]): void {
  const cells = stages.map(({ name, uses, estimates, unknown }) => {
    if (unknown !== null) return [name, uses, "?", "?", "?"];
    const { rows, promptTokens, cost } = totalOf(estimates);
    return estimates.length === 0
      ? [name, uses, "-", "-", "-"]
      : [name, uses, count(rows), count(promptTokens), costText(cost)];
  });
  print(table(["step", "uses", "rows", "prompt tokens", "cost"], cells));
  const all = stages.flatMap(({ estimates }) => estimates);
  if (all.length > 0) print(estimateLine(all));
  for (const { name, unknown } of stages)
    if (unknown !== null) tell(`Stage ${name} is not in it: ${unknown}`);
}

function asObject(stages: readonly StageEstimate[]): object {
  const shown = stages.map(({ estimates, ...stage }) => ({
    ...stage,
    estimates: estimates.map(estimateObject),
  }));
  return { ...totalOf(stages.flatMap(({ estimates }) => estimates)), stages: shown };
}
