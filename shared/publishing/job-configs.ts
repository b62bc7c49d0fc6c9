import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { parse } from "yaml";
import { isJsonObject } from "../datasets/exact-json.ts";
import { unreadable } from "../datasets/file-bytes.ts";
import { messageOf, UserError } from "../errors.ts";

/** How the files of a folder were made, as the job that made them wrote it down. */
export interface JobConfig {
  /** Folder, from the published one; "" is itself. */
  folder: string;
  /** Without where files lie on this machine. */
  config: Record<string, unknown>;
}

/** Where a job writes down how it was made. */
export const JOB_CONFIG = "config.yaml";

/** The config.yaml of a folder, and of those below it if `deep`. @throws UserError for one that cannot be read */
export async function readJobConfigs(folder: string, deep: boolean): Promise<JobConfig[]> {
  const names = await readdir(folder, { recursive: deep }).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const paths = names.filter(
    (name) => basename(name) === JOB_CONFIG && !name.split("/").some((part) => part.startsWith(".")),
  );
  return await Promise.all(
    paths.sort().map(async (name) => ({
      folder: relative(folder, dirname(join(folder, name))),
      config: withoutPlaces(await readConfig(join(folder, name))) as Record<string, unknown>,
    })),
  );
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  let config: unknown;
  try {
    config = parse(text);
  } catch (cause) {
    const why = messageOf(cause).split("\n", 1)[0];
    throw new UserError(`${path} is not valid YAML (${why}): mend it, or move it away.`, { cause });
  }
  if (isJsonObject(config)) return config;
  throw new UserError(`${path} holds no settings: mend it, or move it away.`);
}

/** Paths of this machine tell strangers about it and nothing about the data: only their last part is kept. */
function withoutPlaces(value: unknown): unknown {
  if (typeof value === "string") return isAbsolute(value) ? basename(value) : value;
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutPlaces(member)]));
}
