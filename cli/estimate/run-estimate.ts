import { interruptible } from "../batch/interruptible.ts";
import type { EstimateFlags } from "../commands/estimate.ts";
import { readCliConfig } from "../config.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { askedOf, requestOf, typedJob } from "../reannotate/job-message.ts";
import { print, printJson } from "../view/terminal.ts";
import { estimateLines, estimateObject, estimateWhole } from "./job-estimate.ts";

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
