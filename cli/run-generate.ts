import type { Registry } from "../shared/annotators/registry.ts";
import { isBad, messagesOf } from "../shared/datasets/prepared-row.ts";
import { UserError } from "../shared/errors.ts";
import { registryHere } from "./check-annotator.ts";
import type { GenerateFlags } from "./commands/generate.ts";
import { readCliConfig } from "./config.ts";
import { annotatorsFor, describedUrls, withAnnotators } from "./described-system.ts";
import { findAnnotatorsFile } from "./find-annotators-file.ts";
import { askedOf, requestOf, type TypedGenerate, typedGenerate } from "./generate-message.ts";
import { estimateQuickly } from "./job-estimate.ts";
import { withPreparedRows } from "./prepared-sample.ts";
import { type JobToRun, runJob } from "./run-job.ts";
import { printJson, tell } from "./terminal.ts";

/** What `assay generate` does, by its flags. @returns the exit code */
export async function runGenerate(
  flags: GenerateFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const typed = await typedGenerate(flags, config.natsUrl !== undefined && flags.dryRun !== true);
  const annotators = annotatorsFor(typed.described, flags, config);
  if (flags.dryRun) {
    await dryRun(typed, registryHere(annotators ?? findAnnotatorsFile(config, flags.annotators), config));
    return 0;
  }
  return await runJob(jobOf(typed), withAnnotators(flags, annotators, config), config, argv);
}

function jobOf({ message, models, described }: TypedGenerate): JobToRun {
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
    described: describedUrls(described),
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
