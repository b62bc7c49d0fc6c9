import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../shared/errors.ts";
import { readYaml } from "../../../shared/yaml/read-yaml.ts";
import { holdsAnswers, isWorkFolderOf, paramsOfWorkFolder } from "../job/work-folder.ts";
import type { SubmittedJob } from "../kinds/job-kind.ts";
import { differences } from "./decide-submission.ts";

/**
 * A work folder that holds answers of other parameters, of which this broker knows nothing, is emptied only if that is
 * asked for. @throws UserError
 */
export async function refuseForeignAnswers({ overwrite, placeFlag, spec }: SubmittedJob): Promise<void> {
  if (overwrite || !(await holdsAnswers(spec.workFolder))) return;
  const params = await paramsOfWorkFolder(spec.workFolder);
  if (params === undefined) return;
  const differing = differences({ params }, { params: JSON.parse(JSON.stringify(spec.params)) });
  if (differing.length === 0) return;
  throw new UserError(
    `${spec.workFolder} holds answers that were made with other parameters (${differing.join(", ")}): choose another ${placeFlag}, or --overwrite to make them anew.`,
  );
}

/**
 * An output folder that holds a result of which this broker knows nothing (another installation's, or the broker's
 * store is gone) is overwritten only if that is asked for, or if the paid results are still in the work folder.
 */
export async function refuseForeignOutput(submitted: SubmittedJob): Promise<void> {
  const { overwrite, placeFlag, spec } = submitted;
  if (overwrite) return;
  const path = join(spec.outputFolder, `${spec.besidePrefix}config.yaml`);
  const config = await readFile(path, "utf8").catch(() => undefined);
  if (config === undefined) return;
  const params = (readYaml(config, path).value as { params?: Record<string, unknown> } | null)?.params ?? {};
  const differing = differences({ params }, { params: JSON.parse(JSON.stringify(spec.params)) });
  if (differing.length === 0 && (await isWorkFolderOf(submitted))) return;
  const why =
    differing.length > 0 ? `made with other parameters (${differing.join(", ")})` : "of another installation";
  throw new UserError(
    `${spec.besidePrefix === "" ? spec.outputFolder : spec.output} holds a result ${why}: choose another ${placeFlag}, or --overwrite to make it anew.`,
  );
}
