import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../shared/errors.ts";
import { differences } from "./decide-submission.ts";
import type { SubmittedJob } from "./job-kind.ts";
import { identityOf } from "./work-folder.ts";

/**
 * An output folder that holds a result of which this broker knows nothing (another installation's, or the broker's
 * store is gone) is overwritten only if that is asked for, or if the paid results are still in the work folder.
 */
export async function refuseForeignOutput({ kind, overwrite, placeFlag, spec }: SubmittedJob): Promise<void> {
  if (overwrite) return;
  const config = await readFile(join(spec.outputFolder, `${spec.besidePrefix}config.yaml`), "utf8").catch(
    () => undefined,
  );
  if (config === undefined) return;
  const params = (parse(config) as { params?: Record<string, unknown> } | null)?.params ?? {};
  const differing = differences({ params }, { params: JSON.parse(JSON.stringify(spec.params)) });
  const job = await readFile(join(spec.workFolder, "job.json"), "utf8").catch(() => "");
  if (differing.length === 0 && job === JSON.stringify({ kind, params: identityOf(spec) })) return;
  const why =
    differing.length > 0 ? `made with other parameters (${differing.join(", ")})` : "of another installation";
  throw new UserError(
    `${spec.besidePrefix === "" ? spec.outputFolder : spec.output} holds a result ${why}: choose another ${placeFlag}, or --overwrite to make it anew.`,
  );
}
