import { access, constants } from "node:fs/promises";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { HubAccess } from "../../../shared/datasets/hub/hub-access.ts";
import { PreparedRows, readPreparedDataset } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { makeFolder } from "../../../shared/installation/make-folder.ts";
import { requireFormerRows } from "../job/grown-rows.ts";
import { rowsKindNamed } from "../kinds/job-kinds.ts";

/**
 * The job's rows, read from its dataset once and then kept: a dataset that changes later does not shift rows under a
 * running job. The output folder is tried first, so that nobody pays for answers that cannot be written.
 */
export async function prepareRows(
  entry: RequestJob,
  hub: HubAccess,
  signal: AbortSignal,
): Promise<PreparedRows> {
  const { spec } = entry;
  const kind = rowsKindNamed(entry.kind);
  await requireWritable(spec.outputFolder, kind.placeFlag);
  const before = await readPreparedDataset(spec.workFolder).catch(() => undefined);
  if (before === undefined) await kind.prepare(spec, { hub, signal });
  await requireFormerRows(spec.workFolder);
  return await PreparedRows.open(spec.workFolder);
}

async function requireWritable(folder: string, placeFlag: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new UserError(
      `The output folder ${folder} cannot be written (${code}): mend its permissions or choose another ${placeFlag}.`,
      { cause, exitCode: EXIT.couldNotRun },
    );
  }
}
