import { interruptible } from "./batch/interruptible.ts";
import { registryHere } from "./check-annotator.ts";
import type { EstimateFlags } from "./commands/estimate.ts";
import { readCliConfig } from "./config.ts";
import { findAnnotatorsFile } from "./find-annotators-file.ts";
import { estimateLines, estimateObject, estimateWhole } from "./job-estimate.ts";
import { askedOf, requestOf, typedJob } from "./job-message.ts";
import { print, printJson } from "./terminal.ts";

/** What `assay estimate` does, by its flags. */
export async function runEstimate(flags: EstimateFlags): Promise<void> {
  const config = readCliConfig();
  const typed = await typedJob(flags, false);
  const file = findAnnotatorsFile(config, flags.annotators);
  const annotator = registryHere(file, config).resolve(typed.values.annotator);
  requestOf(typed, annotator);
  const estimate = await interruptible(
    (signal) => estimateWhole(askedOf(typed, annotator), signal),
    () => "no call was made",
  );
  if (flags.json) printJson(estimateObject(estimate));
  else print(estimateLines(estimate, annotator));
}
