import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { DATA_FILE } from "../../shared/datasets/reading/dataset-format.ts";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";
import { JOB_CONFIG } from "./job-config-name.ts";

/** A file that goes to the hub. */
export interface PublishedFile {
  /** In the repository, with "/" between folders. */
  path: string;
  local: string;
  size: number;
}

export interface PublishedFiles {
  /** Where the files lie, and beside them what tells how they were made. */
  folder: string;
  /** All of the folder is published, not one file of it. */
  isFolder: boolean;
  files: PublishedFile[];
  /** Files of the folder that are no data: they may hold keys, or anything. What config.yaml says stands in the card. */
  leftOut: string[];
}

/** What goes to the hub beside data: reports and licences. */
const COMPANION = /\.html$|^(?:DATA_)?LICEN[CS]E(?:\.\w+)?$/i;
/** The hub takes no larger file. */
const MOST_BYTES = 50e9;

/**
 * The files to publish: one, or the data files, reports and licences of a folder and those below it, hidden ones left out.
 * Empty files are left out too. @throws UserError if there is none, or one is too large for the hub
 */
export async function listPublishedFiles(input: string): Promise<PublishedFiles> {
  const status = await stat(input).catch((cause) => {
    throw unreadable(input, cause);
  });
  const listed = status.isDirectory()
    ? await filesOfFolder(input)
    : { folder: dirname(input), isFolder: false, files: [await fileOf(input, basename(input))], leftOut: [] };
  if (listed.files.every(({ path, size }) => size === 0 || !DATA_FILE.test(path))) {
    throw new UserError(
      `${input} holds no data to publish: give a JSON, JSONL, CSV or Parquet file that has rows, or a folder of such.`,
    );
  }
  const large = listed.files.find(({ size }) => size > MOST_BYTES);
  if (large) {
    throw new UserError(
      `${large.local} has ${gigabytes(large.size)}, but the hub takes files of at most ${gigabytes(MOST_BYTES)}: split it, or write it as Parquet.`,
    );
  }
  return listed;
}

async function filesOfFolder(folder: string): Promise<PublishedFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const files: PublishedFile[] = [];
  const leftOut: string[] = [];
  for (const entry of entries) {
    const local = join(entry.parentPath, entry.name);
    const path = relative(folder, local).split(sep).join("/");
    if (entry.isDirectory() || path.split("/").some((part) => part.startsWith("."))) continue;
    const file = entry.isFile() && isPublished(entry.name) ? await fileOf(local, path) : undefined;
    if (file && file.size > 0) files.push(file);
    else if (!JOB_CONFIG.test(entry.name)) leftOut.push(path);
  }
  const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);
  return { folder, isFolder: true, files: files.sort(byPath), leftOut: leftOut.sort() };
}

function isPublished(name: string): boolean {
  return DATA_FILE.test(name) || COMPANION.test(name);
}

async function fileOf(local: string, path: string): Promise<PublishedFile> {
  const { size } = await stat(local).catch((cause) => {
    throw unreadable(local, cause);
  });
  return { path, local, size };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
