import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, as far as they are not there. Node's own `mkdir` with `recursive` never returns
 * where a file system says of a new folder that it does not exist, as /proc and mounts on demand do.
 * @throws the system's error
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path) {
      await makeFolder(dirname(path), mode);
      await mkdir(path, { mode }).catch((again: unknown) => unlessThere(path, again));
    } else await unlessThere(path, error);
  }
}

async function unlessThere(path: string, error: unknown): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw error;
}
