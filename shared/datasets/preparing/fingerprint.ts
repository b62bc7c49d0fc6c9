import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";
import type { HubAccess } from "../hub/hub-access.ts";
import { sha256Of } from "../hub/hub-download.ts";
import { findHubFiles, type HubFile, hubContentHash } from "../hub/hub-files.ts";
import { unreadable } from "../reading/file-bytes.ts";
import type { DatasetContent, FileContent, PreparedDataset } from "./prepared-dataset.ts";

/** Rises when a recipe gives other prompts than before for the same rows. */
const RECIPES_VERSION = 1;

export interface Identified {
  fingerprint: string;
  content: DatasetContent;
  /** The hub's files; empty for local ones. */
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
  } = {},
): Promise<Identified> {
  const { source } = request;
  const hubFiles = source.kind === "hub" ? await findHubFiles(source, hubOf(options.hub)) : [];
  const content: DatasetContent =
    source.kind === "hub"
      ? {
          kind: "hub",
          repo: source.repo,
          revision: hubFiles[0]?.revision ?? "main",
          files: hubFiles.map((file) => file.path),
          sha256: hubContentHash(hubFiles),
        }
      : await localContent(source, options.before?.content, options.onBytes);
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

async function localContent(
  source: Exclude<DatasetRequest["source"], { kind: "hub" }>,
  before: DatasetContent | undefined,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<DatasetContent> {
  const known = before === undefined ? [] : localFilesOf(before);
  if (source.kind === "file") return { kind: "file", ...(await fileContent(source.path, known, onBytes)) };
  const files: FileContent[] = [];
  for (const path of source.paths) files.push(await fileContent(path, known, onBytes));
  const hashes = JSON.stringify(files.map((file) => file.sha256));
  return { kind: "files", files, sha256: createHash("sha256").update(hashes).digest("hex") };
}

function localFilesOf(content: DatasetContent): FileContent[] {
  if (content.kind === "hub") return [];
  return content.kind === "file" ? [content] : content.files;
}

async function fileContent(
  path: string,
  known: readonly FileContent[],
  onBytes: ((bytes: number) => void) | undefined,
): Promise<FileContent> {
  const { size, mtimeMs, isFile } = await statOf(path);
  if (!isFile) throw unreadable(path, { code: "EISDIR" });
  const about = { path, size, mtime_ms: mtimeMs };
  const same = known.find((one) => one.path === path && one.size === size && one.mtime_ms === mtimeMs);
  if (same) return { ...about, sha256: same.sha256 };
  const sha256 = await sha256Of(path, onBytes).catch((cause) => {
    throw unreadable(path, cause);
  });
  return { ...about, sha256 };
}

/** @throws UserError if a local file is not what it was when it was hashed */
export async function requireUnchanged(content: DatasetContent): Promise<void> {
  for (const { path, ...before } of localFilesOf(content)) {
    const { size, mtimeMs } = await statOf(path);
    if (size === before.size && mtimeMs === before.mtime_ms) continue;
    throw new UserError(`${path} was changed while it was read: start again when it is complete.`);
  }
}

async function statOf(path: string) {
  const status = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return { size: status.size, mtimeMs: status.mtimeMs, isFile: status.isFile() };
}
