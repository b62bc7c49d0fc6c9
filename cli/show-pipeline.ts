import { existsSync } from "node:fs";
import { type JobView, listJobs } from "../shared/contracts/jobs-api.ts";
import type { Stage } from "../shared/pipeline/parse-pipeline.ts";
import { type CliConfig, readCliConfig } from "./config.ts";
import { readPipelineFile } from "./pipeline-file.ts";
import { openSession } from "./session.ts";
import { stepTable } from "./step-table.ts";
import { homeAt } from "./supervisor/home.ts";
import { runningState } from "./supervisor/state.ts";
import { print, printJson, table, tell } from "./terminal.ts";

/** Prints the stages of a pipeline, with what the system that runs here knows of them. */
export async function showPipeline(file: string, flags: { json?: boolean }): Promise<void> {
  const { pipeline } = readPipelineFile(file);
  const config = readCliConfig();
  const runs = config.natsUrl !== undefined || runningState(homeAt(config.home)) !== undefined;
  const view = runs ? await viewOf(pipeline.outputDir, config) : undefined;
  if (flags.json) {
    const { job = null, state = null, reason = null, cost = null, steps } = view ?? {};
    const { name, outputDir, stages } = pipeline;
    printJson({ name, outputDir, job, state, reason, cost, stages: steps ?? stages.map(fileOf) });
    return;
  }
  if (view?.steps) {
    print(stepTable(view.steps));
    tell(`Job ${view.job} is ${view.state}${view.reason ? `: ${view.reason.message}` : "."}`);
    return;
  }
  const cells = pipeline.stages
    .map(fileOf)
    .map(({ name, uses, output, written }) => [...[name, uses, written ? "written" : "-", output ?? "-"]]);
  print(table(["step", "uses", "output", ""], cells));
  const run = `assay pipeline run ${file}`;
  tell(
    runs ? `It has not been run here: ${run}` : `No system runs here, so that only files are known: ${run}`,
  );
}

/** Of a stage that no system knows only the files can be told. */
function fileOf({ name, kind, outputs }: Stage) {
  const { output = null } = outputs;
  return { name, uses: kind.kind, output, written: output !== null && existsSync(output) };
}

async function viewOf(outputDir: string, config: CliConfig): Promise<JobView | undefined> {
  const session = await openSession(config);
  try {
    const { jobs } = await session.ask(listJobs, {});
    return jobs.find(({ kind, outputFolder }) => kind === "pipeline" && outputFolder === outputDir);
  } finally {
    await session.close();
  }
}
