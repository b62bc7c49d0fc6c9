import type { JobEstimate } from "../../shared/annotators/cost/estimate.ts";
import { interruptible } from "../batch/interruptible.ts";
import { readCliConfig } from "../config.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import type { TypedByFlags, TypedFlags } from "../jobs/typed-by-flags.ts";
import { annotatorsFor } from "../system/described-system.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { estimateWhole } from "./job-estimate.ts";
import { type JobHere, jobsHere } from "./jobs-here.ts";
import { estimateLine, estimateLines, estimateObject, totalOf } from "./show-estimate.ts";

/** What `assay estimate` does of a kind, by its flags. */
export async function runEstimate(kind: string, typedBy: TypedByFlags, flags: TypedFlags): Promise<void> {
  const config = readCliConfig();
  const { message, described = {} } = await (await typedBy.read())(flags, false);
  const file = annotatorsFor(described, flags, config) ?? findAnnotatorsFile(config, flags.annotators);
  const { jobs, faults } = await jobsHere(kind, message, registryHere(file, config));
  for (const fault of faults) tell(`Left out: ${fault}`);
  const estimates = await interruptible(
    (signal) => estimateAll(jobs, signal),
    () => "no call was made",
  );
  const [only, ...others] = estimates;
  if (flags.json) printJson(others.length === 0 ? estimateObject(only!.estimate) : asObject(estimates));
  else if (others.length === 0) print(estimateLines(only!.estimate, only!.job.annotator));
  else {
    for (const { job, estimate } of estimates)
      print(`${job.name}\n${estimateLines(estimate, job.annotator)}\n`);
    print(estimateLine(estimates.map(({ estimate }) => estimate)));
  }
}

interface Estimated {
  job: JobHere;
  estimate: JobEstimate;
}

/** One after another: each reads its whole input. */
async function estimateAll(jobs: readonly JobHere[], signal: AbortSignal): Promise<Estimated[]> {
  const estimates: Estimated[] = [];
  for (const job of jobs) estimates.push({ job, estimate: await estimateWhole(job, signal) });
  return estimates;
}

function asObject(estimates: readonly Estimated[]): object {
  const models = estimates.map(({ job, estimate }) => ({ name: job.name, ...estimateObject(estimate) }));
  return { ...totalOf(estimates.map(({ estimate }) => estimate)), models };
}
