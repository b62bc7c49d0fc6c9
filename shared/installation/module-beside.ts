import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Absolute path of a module that is started as a process of its own, by its place beside the module that starts it: its
 * source in a checkout, its JavaScript in an installed package. It is asked for when a module is loaded, so that a file
 * that was moved is missed at once, and not when the first job needs it.
 * @param here import.meta.url of the caller
 * @throws Error if there is no such file
 */
export function moduleBeside(here: string, source: `./${string}.ts`): string {
  const path = fileURLToPath(new URL(source.replace(/\.ts$/, extname(here)), here));
  if (existsSync(path)) return path;
  throw new Error(`${path} is not there, which ${here} starts as a process.`);
}
