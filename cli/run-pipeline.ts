import { refuseIfNoneCan } from "../shared/annotators/call.ts";
import type { Registry } from "../shared/annotators/registry.ts";
import { inStage, whileInStage } from "../shared/pipeline/in-stage.ts";
import { refuseMissing } from "../shared/pipeline/refuse-missing.ts";
import { readCliConfig } from "./config.ts";
import { annotatorsFor, describedUrls, withAnnotators } from "./described-system.ts";
import { AGAIN } from "./flag-groups.ts";
import { givenFields } from "./job-flags.ts";
import { readPipelineFile } from "./pipeline-file.ts";
import type { RunFlags } from "./run-flags.ts";
import { runJob } from "./run-job.ts";
import { textOrFile } from "./text-or-file.ts";

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
    kind: "pipeline",
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
