import { refuseIfNoneCan } from "../../shared/annotators/call.ts";
import { generateCall } from "../../shared/annotators/generate-call.ts";
import type { Registry } from "../../shared/annotators/registry.ts";
import { isBad, messagesOf } from "../../shared/datasets/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { interruptible } from "../batch/interruptible.ts";
import type { GenerateFlags } from "../commands/generate.ts";
import { readCliConfig } from "../config.ts";
import { estimateQuickly } from "../estimate/job-estimate.ts";
import { withPreparedRows } from "../estimate/prepared-sample.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { type JobToRun, runJob } from "../jobs/run-job.ts";
import { annotatorsFor, describedUrls, withAnnotators } from "../system/described-system.ts";
import { printJson, tell } from "../view/terminal.ts";
import { askedOf, requestOf, type TypedGenerate, typedGenerate } from "./generate-message.ts";

/** What `assay generate` does, by its flags. @returns the exit code */
export async function runGenerate(
  flags: GenerateFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const typed = await typedGenerate(flags, config.natsUrl !== undefined && flags.dryRun !== true);
  const annotators = annotatorsFor(typed.described, flags, config);
  if (flags.dryRun) {
    const registry = registryHere(annotators ?? findAnnotatorsFile(config, flags.annotators), config);
    await interruptible(
      (signal) => dryRun(typed, registry, signal),
      () => "no call was made",
    );
    return 0;
  }
  return await runJob(jobOf(typed), withAnnotators(flags, annotators, config), config, argv);
}

function jobOf({ message, models, hub, described }: TypedGenerate): JobToRun {
  return {
    kind: "responses-generate",
    message,
    annotators: [...new Set(models.map(({ values }) => values.annotator))],
    check: (registry) => refuseIfNoneCan(models.map(generateCall), registry),
    estimate: async (registry, allRows, signal) => {
      const each = allRows.then((rows) => rows / models.length);
      // It may fail before anybody waits for it.
      each.catch(() => {});
      return await Promise.all(
        models.map((model) =>
          estimateQuickly(askedOf(model, registry.resolve(model.values.annotator), hub), each, signal),
        ),
      );
    },
    described: describedUrls(described),
  };
}

/** Prints the first request body of each model, as it would be sent. Makes no call. */
async function dryRun(
  { models, hub }: TypedGenerate,
  registry: Registry,
  signal: AbortSignal,
): Promise<void> {
  for (const model of models) {
    const request = requestOf(model, registry);
    const asked = askedOf(model, registry.resolve(model.values.annotator), hub);
    const show = async (rows: PreparedRows) => {
      const row = await rows.readAt(0);
      if (isBad(row)) tell(`Left out: ${row.bad.message}`);
      else printJson({ ...request, messages: messagesOf(row) });
    };
    await withPreparedRows(asked, 1, show, signal);
  }
}
