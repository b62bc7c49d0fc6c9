import { statfs } from "node:fs/promises";
import { EXIT, UserError } from "../../shared/errors.ts";

const MB = 1e6;
/** What the streams of an installation and of a small job reserve, and room for what the job writes. */
const NEEDED_BYTES = 150 * MB;

/**
 * The broker takes nothing from its clients once its disk is full, so a system is not started on one that nearly is.
 * @param store the folder where the broker keeps its messages
 * @throws UserError (exit code 3) naming the folder, what is free and what is needed
 */
export async function requireDisk(store: string): Promise<void> {
  const fault = diskFault(store, await freeBytes(store));
  if (fault !== undefined) throw new UserError(fault, { exitCode: EXIT.couldNotRun });
}

/** What is wrong with so much space, as a sentence. */
export function diskFault(store: string, free: number | undefined): string | undefined {
  if (free === undefined || free >= NEEDED_BYTES) return undefined;
  return `${store} is on a disk with ${Math.floor(free / MB)} MB free, and the broker needs ${NEEDED_BYTES / MB} MB for its work: free some, or set ASSAY_HOME to a folder on another disk.`;
}

/** Undefined where the file system does not say it. */
async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize, blocks } = await statfs(path);
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    return undefined;
  }
}
