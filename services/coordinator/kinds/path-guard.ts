import { readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { UserError } from "../../../shared/errors.ts";

/** Where messages may read and write; all paths absolute. */
export interface DataRoots {
  /** Relative paths start at the first. */
  readonly folders: readonly string[];
  /** Closed to messages also where they lie below one of the folders. */
  readonly closed: readonly string[];
}

/**
 * Resolves a path of a message. Relative ones start at the first data root; unless the message was granted, the place,
 * with symbolic links followed, must lie under a root, not in a closed folder, and nothing hidden may be on the way
 * to it: keys and passwords lie in such places.
 * @throws UserError naming the field and the roots
 */
export async function guardedPath(
  field: string,
  path: string,
  { folders, closed }: DataRoots,
  granted: boolean,
): Promise<string> {
  const full = resolve(folders[0]!, path);
  if (granted) return full;
  const real = await realPlace(full);
  const isIn = async (folder: string) => isInside(real, await realPlace(folder));
  const roots = await Promise.all(folders.map((folder) => realPlace(folder)));
  const inside = roots.filter((root) => isInside(real, root));
  const wayOut = "or type the path in an assay command where the system was started";
  if (inside.length === 0) {
    throw new UserError(
      `${field} ${path} lies outside of the data roots (${folders.join(", ")}): put it below one of them, ${wayOut}.`,
    );
  }
  const open = inside.some((root) => !isHidden(relative(root!, real!)));
  if (open && !(await Promise.all(closed.map(isIn))).includes(true)) return full;
  throw new UserError(
    `${field} ${path} lies in a place that messages may not use, as hidden files and folders and the system's own are: name another, ${wayOut}.`,
  );
}

function isHidden(way: string): boolean {
  return way.split(sep).some((name) => name.startsWith("."));
}

function isInside(path: string | undefined, root: string | undefined): boolean {
  if (path === undefined || root === undefined) return false;
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** The real path of what exists of it, and the rest as it is; undefined where a link leads to nothing. */
async function realPlace(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const link = await readlink(path).catch(() => undefined);
  if (link !== undefined) return undefined;
  const parent = dirname(path);
  if (parent === path) return path;
  const place = await realPlace(parent);
  return place === undefined ? undefined : join(place, relative(parent, path));
}
