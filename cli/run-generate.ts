import { plainBaseUrl } from "../shared/annotators/endpoint.ts";
import type { Registry } from "../shared/annotators/registry.ts";
import { isBad, messagesOf } from "../shared/datasets/prepared-row.ts";
import { UserError } from "../shared/errors.ts";
import { registryHere } from "./check-annotator.ts";
import type { GenerateFlags } from "./commands/generate.ts";
import { type CliConfig, readCliConfig } from "./config.ts";
import { describedAnnotators } from "./described-annotators.ts";
import { findAnnotatorsFile } from "./find-annotators-file.ts";
import { askedOf, requestOf, type TypedGenerate, typedGenerate } from "./generate-message.ts";
import { estimateQuickly } from "./job-estimate.ts";
import { withPreparedRows } from "./prepared-sample.ts";
import { type JobToRun, runJob } from "./run-job.ts";
import { homeAt } from "./supervisor/home.ts";
import { runningState } from "./supervisor/state.ts";
import { printJson, tell } from "./terminal.ts";

/** What `assay generate` does, by its flags. @returns the exit code */
export async function runGenerate(
  flags: GenerateFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const typed = await typedGenerate(flags, config.natsUrl !== undefined && flags.dryRun !== true);
  const annotators = annotatorsFor(typed, flags, config);
  if (flags.dryRun) {
    await dryRun(typed, registryHere(annotators ?? findAnnotatorsFile(config, flags.annotators), config));
    return 0;
  }
  const own = annotators !== undefined && mayUse(annotators, config);
  return await runJob(jobOf(typed), own ? { ...flags, annotators } : flags, config, argv);
}

/** The file of annotators for a system that is brought up for models which the file of models describes. */
function annotatorsFor(
  { described }: TypedGenerate,
  flags: GenerateFlags,
  config: CliConfig,
): string | undefined {
  if (Object.keys(described).length === 0) return undefined;
  return describedAnnotators(homeAt(config.home), findAnnotatorsFile(config, flags.annotators), described);
}

/** A system that runs already has its own file: it must know the models, which is asked of it later. */
function mayUse(annotators: string, { natsUrl, home }: CliConfig): boolean {
  if (natsUrl !== undefined) return false;
  const running = runningState(homeAt(home));
  return running === undefined || running.annotators === annotators;
}

function jobOf({ message, models, described }: TypedGenerate): JobToRun {
  const urls = Object.entries(described).flatMap(([name, { base_url: url }]) =>
    typeof url === "string" ? [[name, plainBaseUrl(url)] as const] : [],
  );
  return {
    kind: "responses-generate",
    message,
    annotators: [...new Set(models.map(({ values }) => values.annotator))],
    check: (registry) => refuseIfNoneCan(models, registry),
    estimate: async (registry, allRows) => {
      const each = allRows.then((rows) => rows / models.length);
      return await Promise.all(
        models.map((model) =>
          estimateQuickly(askedOf(model, registry.resolve(model.values.annotator)), each),
        ),
      );
    },
    described: new Map(urls),
  };
}

/** Unknown names are refused; parameters that a model does not take only if none of the others does. */
function refuseIfNoneCan(models: TypedGenerate["models"], registry: Registry): void {
  for (const { values } of models) registry.resolve(values.annotator);
  const faults = models.flatMap((model) => {
    try {
      requestOf(model, registry);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [error.message];
    }
  });
  if (faults.length === models.length) throw new UserError([...new Set(faults)].join("\n"));
}

/** Prints the first request body of each model, as it would be sent. Makes no call. */
async function dryRun({ models }: TypedGenerate, registry: Registry): Promise<void> {
  for (const model of models) {
    const request = requestOf(model, registry);
    const asked = askedOf(model, registry.resolve(model.values.annotator));
    await withPreparedRows(asked, 1, async (rows) => {
      const row = await rows.readAt(0);
      if (isBad(row)) tell(`Left out: ${row.bad.message}`);
      else printJson({ ...request, messages: messagesOf(row) });
    });
  }
}
