import { batchSpecOf } from "../../shared/annotators/batch-spec.ts";
import type { Registry } from "../../shared/annotators/registry.ts";
import { UserError } from "../../shared/errors.ts";
import { interruptible } from "../batch/interruptible.ts";
import type { ReannotateFlags } from "../commands/reannotate.ts";
import { readCliConfig } from "../config.ts";
import { estimateQuickly } from "../estimate/job-estimate.ts";
import { dryRun, preview } from "../estimate/preview.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { runJob } from "../jobs/run-job.ts";
import { openSimulator } from "../jobs/simulator-alone.ts";
import { askedOf, requestOf, typedJob } from "./job-message.ts";

const MOST_PREVIEWS = 100;

/** What `assay reannotate` does, by its flags. @returns the exit code */
export async function runReannotate(
  flags: ReannotateFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const asksHere = flags.dryRun === true || flags.preview !== undefined;
  const typed = await typedJob(flags, config.natsUrl !== undefined && !asksHere);
  const { message, values } = typed;
  const resolve = (registry: Registry) => registry.resolve(values.annotator);
  if (asksHere) {
    const most = flags.preview === undefined ? 0 : rowsOf(flags.preview);
    const file = findAnnotatorsFile(config, flags.annotators);
    await using simulator = flags.simulator && !flags.dryRun ? await openSimulator(config.home) : undefined;
    const annotator = resolve(
      registryHere(file, { ...config, openaiBaseUrl: simulator?.url ?? config.openaiBaseUrl }),
    );
    const asking = { most, json: flags.json ?? false, key: simulator?.key };
    await interruptible(
      (signal) =>
        flags.dryRun ? dryRun(typed, annotator, signal) : preview(typed, annotator, asking, signal),
      () => (flags.dryRun ? "no call was made" : "nothing was stored"),
    );
    return 0;
  }
  const job = {
    kind: "dataset-reannotate",
    message,
    annotators: [values.annotator],
    check: (registry: Registry) => {
      requestOf(typed, resolve(registry));
      batchSpecOf(values.annotator, resolve(registry), values);
    },
    estimate: async (registry: Registry, allRows: Promise<number>, signal: AbortSignal) => [
      await estimateQuickly(askedOf(typed, resolve(registry)), allRows, signal),
    ],
  };
  return await runJob(job, flags, config, argv);
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 1 && rows <= MOST_PREVIEWS) return rows;
  throw new UserError(
    `--preview is ${JSON.stringify(text)}: give a whole number of rows from 1 to ${MOST_PREVIEWS}.`,
  );
}
