import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpec, RequestJob } from "../../shared/contracts/job-entry.ts";
import { CHANGEABLE } from "../../shared/contracts/job-fields.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/make-folder.ts";

/** The parameters that decide what a job's results are: two specs with equal ones are the same job. */
export function identityOf(spec: Pick<JobSpec, "params">): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec.params).filter(([name]) => !CHANGEABLE.has(name)));
}

/**
 * Makes the work folder this job's own. What another job left under the same name is removed; what an equal one left,
 * whose broker is gone, is kept.
 * @throws UserError when it cannot be written
 */
export async function claimWorkFolder(entry: RequestJob): Promise<void> {
  const folder = entry.spec.workFolder;
  const path = join(folder, "job.json");
  const identity = JSON.stringify({ kind: entry.kind, params: identityOf(entry.spec) });
  const before = await readFile(path, "utf8").catch(() => undefined);
  try {
    if (before === identity) return;
    await rm(folder, { recursive: true, force: true });
    await makeFolder(folder);
    await writeFile(path, identity, { flush: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new UserError(
      `The work folder ${folder} cannot be written (${code}): mend its permissions, make room, or choose another --temp_dir.`,
      { cause, exitCode: EXIT.couldNotRun },
    );
  }
}
