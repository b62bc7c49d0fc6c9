import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { basename, isAbsolute, join, sep } from "node:path";
import { isJsonObject } from "../../shared/datasets/json/exact-json.ts";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";
import { readYaml } from "../../shared/yaml/read-yaml.ts";
import { stemOf } from "../evaluation/judged/stem.ts";
import { JOB_CONFIG } from "./job-config-name.ts";
import type { PublishedFiles } from "./published-files.ts";

/** How files were made, as the job that made them wrote it down. */
export interface JobConfig {
  /** Of config.yaml, from the published folder. */
  path: string;
  /** Without where files and endpoints are that only this machine or network knows. */
  config: Record<string, unknown>;
}

/**
 * The jobs that made what is published: of a folder all below it, of one file the one that is called like it, or else its
 * folder's. @throws UserError for one that cannot be read
 */
export async function readJobConfigs({ folder, isFolder, files }: PublishedFiles): Promise<JobConfig[]> {
  const paths = isFolder ? await configsBelow(folder) : configOf(folder, files[0]!.local);
  return await Promise.all(
    paths.map(async (path) => ({
      path,
      config: withoutPlaces(await readConfig(join(folder, path))) as Record<string, unknown>,
    })),
  );
}

async function configsBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const isHidden = (name: string) => name.split(sep).some((part) => part.startsWith("."));
  return names.filter((name) => JOB_CONFIG.test(basename(name)) && !isHidden(name)).sort();
}

function configOf(folder: string, file: string): string[] {
  const own = [`${stemOf(file)}.config.yaml`, "config.yaml"].find((name) => existsSync(join(folder, name)));
  return own === undefined ? [] : [own];
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  const { value } = readYaml(text, path);
  if (isJsonObject(value)) return value;
  throw new UserError(`${path} holds no settings: mend it, or move it away.`);
}

/** Paths and addresses of this machine and its network tell strangers about them and nothing about the data. */
function withoutPlaces(value: unknown): unknown {
  if (typeof value === "string") {
    if (isOwnAddress(value)) return "(of its own network)";
    return isAbsolute(value) ? basename(value) : value;
  }
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutPlaces(member)]));
}

/** An http address that is a number, or a name that the public does not know. */
function isOwnAddress(text: string): boolean {
  if (!/^https?:\/\/\S+$/.test(text)) return false;
  const host = URL.parse(text)?.hostname ?? "";
  return (
    isIP(host.replace(/^\[|\]$/g, "")) > 0 ||
    !/\.(?!local$|internal$|lan$|home$|corp$)[a-z][a-z0-9-]*$/i.test(host)
  );
}
