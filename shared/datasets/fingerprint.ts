import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { DatasetRequest } from "../contracts/dataset-request.ts";
import { UserError } from "../errors.ts";
import { unreadable } from "./file-bytes.ts";
import type { HubAccess } from "./hub-access.ts";
import { sha256Of } from "./hub-download.ts";
import { findHubFiles, type HubFile, hubContentHash } from "./hub-files.ts";
import type { DatasetContent, PreparedDataset } from "./prepared-dataset.ts";

/** Rises when a recipe gives other prompts than before for the same rows. */
const RECIPES_VERSION = 1;

export interface Identified {
  fingerprint: string;
  content: DatasetContent;
  /** The hub's files; empty for a local file. */
  hubFiles: HubFile[];
}

/**
 * What tells whether a resumed job still reads the same: sha256 of the content and of all that decides which rows are
 * taken and how they become prompts. `before` spares reading a file again whose path, size and time are the same.
 */
export async function fingerprintOf(
  request: DatasetRequest,
  options: {
    hub?: HubAccess | undefined;
    before?: PreparedDataset | undefined;
    onBytes?: (bytes: number) => void;
    /** What is read where the path is a folder. */
    files?: readonly string[] | undefined;
  } = {},
): Promise<Identified> {
  const { source } = request;
  const hubFiles = source.kind === "hub" ? await findHubFiles(source, hubOf(options.hub)) : [];
  const content: DatasetContent =
    source.kind === "file"
      ? await fileContent(source.path, options.files ?? [source.path], options)
      : {
          kind: "hub",
          repo: source.repo,
          revision: hubFiles[0]?.revision ?? "main",
          files: hubFiles.map((file) => file.path),
          sha256: hubContentHash(hubFiles),
        };
  const { columns, system, template, limit, offset, shard } = request;
  const repo = source.kind === "hub" ? source.repo : null;
  const taken = [
    RECIPES_VERSION,
    content.sha256,
    repo,
    columns,
    system,
    template,
    limit,
    offset || undefined,
    shard,
  ];
  const text = JSON.stringify(taken.map((value) => value ?? null));
  return { fingerprint: createHash("sha256").update(text).digest("hex"), content, hubFiles };
}

/** @throws UserError where a hub dataset is asked for and no hub is configured */
export function hubOf(hub: HubAccess | undefined): HubAccess {
  if (hub) return hub;
  throw new UserError("No dataset hub is configured: set HF_ENDPOINT, or name a local file.");
}

async function fileContent(
  path: string,
  files: readonly string[],
  { before, onBytes }: { before?: PreparedDataset | undefined; onBytes?: (bytes: number) => void },
): Promise<DatasetContent> {
  const { size, mtimeMs } = await sizeOf(files);
  const about = { kind: "file" as const, path, size, mtime_ms: mtimeMs };
  const known = before?.content;
  const same =
    known?.kind === "file" && known.path === path && known.size === size && known.mtime_ms === mtimeMs;
  if (same) return { ...about, sha256: known.sha256 };
  const hashes: string[] = [];
  for (const file of files) {
    const hash = await sha256Of(file, onBytes).catch((cause) => {
      throw unreadable(file, cause);
    });
    hashes.push(hash);
  }
  const [only, ...others] = hashes;
  if (others.length === 0) return { ...about, sha256: only! };
  return { ...about, sha256: createHash("sha256").update(hashes.join()).digest("hex") };
}

/** Of all files together: their sizes, and the time of the latest. @throws UserError if one is missing or no file */
async function sizeOf(files: readonly string[]): Promise<{ size: number; mtimeMs: number }> {
  const whole = { size: 0, mtimeMs: 0 };
  for (const file of files) {
    const { size, mtimeMs, isFile } = await statOf(file);
    if (!isFile) throw unreadable(file, { code: "EISDIR" });
    whole.size += size;
    whole.mtimeMs = Math.max(whole.mtimeMs, mtimeMs);
  }
  return whole;
}

/** @throws UserError if the file is not what it was when it was hashed */
export async function requireUnchanged(content: DatasetContent): Promise<void> {
  if (content.kind !== "file") return;
  const { size, mtimeMs } = await statOf(content.path);
  if (size === content.size && mtimeMs === content.mtime_ms) return;
  throw new UserError(`${content.path} was changed while it was read: start again when it is complete.`);
}

async function statOf(path: string) {
  const status = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return { size: status.size, mtimeMs: status.mtimeMs, isFile: status.isFile() };
}
