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
  const names = new Set(pipeline.stages.flatMap(({ annotators }) => annotators));
  const job = {
    kind: "pipeline",
    message: { ...message, ...givenFields(flags, [AGAIN], textOrFile) },
    annotators: [...names],
    check: (registry: { resolve(name: string): unknown }) => {
      for (const name of names) registry.resolve(name);
    },
    described: describedUrls(described),
  };
  const own = withAnnotators(flags, annotatorsFor(described, flags, config), config);
  return await runJob(job, own, config, argv);
}
