import { readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { UserError } from "../../shared/errors.ts";

/**
 * Resolves a path of a message. Relative ones start at the first data root; unless the message was granted, the place,
 * with symbolic links followed, must lie under a root.
 * @throws UserError naming the field and the roots
 */
export async function guardedPath(
  field: string,
  path: string,
  roots: readonly string[],
  granted: boolean,
): Promise<string> {
  const full = resolve(roots[0]!, path);
  if (granted) return full;
  const real = await realPlace(full);
  const realRoots = await Promise.all(roots.map((root) => realPlace(root)));
  if (realRoots.some((root) => isInside(real, root))) return full;
  throw new UserError(
    `${field} ${path} lies outside of the data roots (${roots.join(", ")}): put it below one of them, or type the path in an assay command where the system was started.`,
  );
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
