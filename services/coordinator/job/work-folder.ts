import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpec, RequestJob } from "../../../shared/contracts/job-entry.ts";
import { CHANGEABLE } from "../../../shared/contracts/messages/job-fields.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { makeFolder } from "../../../shared/installation/make-folder.ts";
import { partsFolder } from "../collecting/parts/part-writer.ts";
import { forgetRows, isGrown } from "./grown-rows.ts";

/** The parameters that decide what a job's results are: two specs with equal ones are the same job. */
export function identityOf(spec: Pick<JobSpec, "params">): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec.params).filter(([name]) => !CHANGEABLE.has(name)));
}

/**
 * Makes the work folder this job's own. What another job left under the same name is removed; what an equal one left,
 * whose broker is gone, is kept; of the same job with fewer rows all but the rows is, which are read anew.
 * @throws UserError when it cannot be written
 */
export async function claimWorkFolder(entry: RequestJob): Promise<void> {
  const folder = entry.spec.workFolder;
  try {
    if (await isWorkFolderOf(entry)) return;
    if (await isOfSmaller(entry)) await forgetRows(folder);
    else await rm(folder, { recursive: true, force: true });
    await makeFolder(folder);
    await writeFile(ownerFile(folder), identityText(entry), { flush: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new UserError(
      `The work folder ${folder} cannot be written (${code}): mend its permissions, make room, or choose another --temp_dir.`,
      { cause, exitCode: EXIT.couldNotRun },
    );
  }
}

/** Whether the work folder was made for a job that is equal to this one. */
export async function isWorkFolderOf(job: Pick<RequestJob, "kind" | "spec">): Promise<boolean> {
  return (await readFile(ownerFile(job.spec.workFolder), "utf8").catch(() => "")) === identityText(job);
}

/** Whether it was made for this job when it had a lower limit. */
async function isOfSmaller({ kind, spec }: RequestJob): Promise<boolean> {
  const text = await readFile(ownerFile(spec.workFolder), "utf8").catch(() => "{}");
  const before = JSON.parse(text) as { kind?: string; params?: Record<string, unknown> };
  return before.kind === kind && before.params !== undefined && isGrown(before.params, identityOf(spec));
}

/** What the job was made with whose work folder it is; undefined where that cannot be told. */
export async function paramsOfWorkFolder(folder: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { params } = JSON.parse(await readFile(ownerFile(folder), "utf8")) as { params?: unknown };
    return typeof params === "object" && params !== null ? (params as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Lets the next job that claims the work folder begin with nothing. */
export async function disownWorkFolder(folder: string): Promise<void> {
  await rm(ownerFile(folder), { force: true });
}

/** Whether results of any run are stored there. */
export async function holdsAnswers(folder: string): Promise<boolean> {
  const names = await readdir(partsFolder(folder)).catch(() => []);
  const sidecars = names.filter((name) => name.endsWith(".idx"));
  const sizes = await Promise.all(
    sidecars.map(async (name) => (await stat(join(partsFolder(folder), name))).size),
  );
  return sizes.some((size) => size > 0);
}

function ownerFile(folder: string): string {
  return join(folder, "job.json");
}

function identityText({ kind, spec }: Pick<RequestJob, "kind" | "spec">): string {
  return JSON.stringify({ kind, params: identityOf(spec) });
}
