import { refuseIfNoneCan } from "../../shared/annotators/call.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import { PIPELINE_KIND } from "../../shared/contracts/messages/pipeline-message.ts";
import { inStage, whileInStage } from "../../tools/pipeline/in-stage.ts";
import { refuseMissing } from "../../tools/pipeline/refuse-missing.ts";
import { readCliConfig } from "../config.ts";
import { AGAIN } from "../flags/flag-groups.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { runJob } from "../jobs/run-job.ts";
import { annotatorsFor, describedUrls, withAnnotators } from "../system/described-system.ts";
import type { RunFlags } from "../system/run-flags.ts";
import { readPipelineFile } from "./pipeline-file.ts";

/** What `assay pipeline run` does, by its flags. @returns the exit code */
export async function runPipeline(
  file: string,
  flags: RunFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const { message, pipeline, described } = readPipelineFile(file);
  const { stages } = pipeline;
  if (config.natsUrl === undefined)
    for (const stage of stages) await whileInStage(stage.name, () => refuseMissing(stage));
  const names = new Set(stages.flatMap(({ calls }) => calls.map(({ annotator }) => annotator)));
  const job = {
    kind: PIPELINE_KIND,
    message: { ...message, ...givenFields(flags, [AGAIN], textOrFile) },
    annotators: [...names],
    check: (registry: Registry) => {
      for (const { name, calls } of stages) inStage(name, () => refuseIfNoneCan(calls, registry));
    },
    described: describedUrls(described),
  };
  const own = withAnnotators(flags, annotatorsFor(described, flags, config), config);
  return await runJob(job, own, config, argv);
}
