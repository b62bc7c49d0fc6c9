import { type JobView, listJobs } from "../../shared/contracts/jobs-api.ts";
import { PIPELINE_KIND } from "../../shared/contracts/messages/pipeline-message.ts";
import type { Pipeline } from "../../tools/pipeline/parse-pipeline.ts";
import { type CliConfig, readCliConfig } from "../config.ts";
import { openSession } from "../jobs/session.ts";
import { homeAt } from "../supervisor/home.ts";
import { runningState } from "../supervisor/state.ts";
import { count } from "../view/amounts.ts";
import { shortestPath, stepTable } from "../view/step-table.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";
import { readPipelineFile } from "./pipeline-file.ts";
import { type StageOnDisk, stagesOnDisk } from "./stage-on-disk.ts";

/** Prints the stages of a pipeline, with what the system that runs here knows of them, else with what their files say. */
export async function showPipeline(file: string, flags: { json?: boolean }): Promise<void> {
  const { pipeline } = readPipelineFile(file);
  const config = readCliConfig();
  const runs = config.natsUrl !== undefined || runningState(homeAt(config.home)) !== undefined;
  const view = runs ? await viewOf(pipeline.outputDir, config) : undefined;
  if (flags.json) await printAsJson(pipeline, view);
  else if (view?.steps) {
    print(stepTable(view.steps));
    tell(`Job ${view.job} is ${view.state}${view.reason ? `: ${view.reason.message}` : "."}`);
  } else {
    showFiles(await stagesOnDisk(pipeline));
    const run = `assay pipeline run ${file}`;
    tell(
      runs
        ? `It has not been run by the system that runs here, so that only its files are known: ${run}`
        : `No system runs here, so that only files are known. Jobs, rows and cost: \`assay up --detach\`, then this again; to go on: ${run}`,
    );
  }
}

async function printAsJson({ name, outputDir, stages }: Pipeline, view: JobView | undefined): Promise<void> {
  const { job = null, state = null, reason = null, cost = null, steps } = view ?? {};
  printJson({ name, outputDir, job, state, reason, cost, stages: steps ?? (await stagesOnDisk({ stages })) });
}

function showFiles(stages: readonly StageOnDisk[]): void {
  const cells = stages.map(({ name, uses, state, failed, output }) => [
    ...[name, uses, state, failed === null ? "-" : count(failed)],
    output === null ? "-" : shortestPath(output),
  ]);
  print(table(["step", "uses", "state", "failed", "output"], cells));
  for (const { name, fault } of stages) if (fault !== null) tell(`Stage ${name}: ${fault}`);
}

async function viewOf(outputDir: string, config: CliConfig): Promise<JobView | undefined> {
  const session = await openSession(config);
  try {
    const { jobs } = await session.ask(listJobs, {});
    return jobs.find(({ kind, outputFolder }) => kind === PIPELINE_KIND && outputFolder === outputDir);
  } finally {
    await session.close();
  }
}
