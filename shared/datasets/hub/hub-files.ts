import { createHash } from "node:crypto";
import { downloadFile, type ListFileEntry, listFiles } from "@huggingface/hub";
import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";
import { readYaml } from "../../yaml/read-yaml.ts";
import { checkToken, type HubAccess, HubHasNot, hubFetch } from "./hub-access.ts";
import { chooseSplit, convertedFiles, declaredFiles, filesByName, type SplitFile } from "./hub-splits.ts";

export type HubSource = Extract<DatasetRequest["source"], { kind: "hub" }>;

/** A data file of the hub. `id` changes with its content and with nothing else. */
export interface HubFile {
  repo: string;
  revision: string;
  path: string;
  size: number;
  id: string;
  /** Of the content in hex, where the hub tells it. */
  sha256?: string;
}

const CONVERTED = "refs/convert/parquet";

/**
 * The data files of a split, in order: of the hub's conversion to Parquet where that holds all rows and no revision is
 * asked for, else of the repository itself, by its README's configs or by the files' names.
 * @throws UserError if the dataset, revision, subset or split is not there, or the hub cannot be asked
 */
export async function findHubFiles(source: HubSource, access: HubAccess): Promise<HubFile[]> {
  checkToken(access.token);
  if (source.revision === undefined) {
    const entries = await listAll(source.repo, CONVERTED, access).catch((error) => {
      if (error instanceof HubHasNot) return [];
      throw error;
    });
    const converted = convertedFiles(entries.map((entry) => entry.path));
    if (converted.length > 0)
      return select(source, CONVERTED, entries, chooseSplit(source.repo, converted, source));
  }
  const revision = source.revision ?? "main";
  const entries = await listAll(source.repo, revision, access).catch((error) => {
    if (!(error instanceof HubHasNot)) throw error;
    throw new UserError(`The hub dataset ${source.repo} has no revision ${revision}: check --revision.`);
  });
  const paths = entries.map((entry) => entry.path);
  const declared = paths.includes("README.md")
    ? declaredFiles(paths, await readCard(source, revision, access))
    : { files: [], missing: [] };
  const { missing } = declared;
  if (missing.length > 0 && declared.files.length === 0) throw notThere(source.repo, missing, revision);
  const files = declared.files.length > 0 ? declared.files : filesByName(paths);
  if (files.length === 0) {
    throw new UserError(
      `The hub dataset ${source.repo} has no JSON, JSONL, CSV or Parquet file at ${revision}: download and convert it first.`,
    );
  }
  const chosen = chooseSplit(source.repo, files, source);
  const of = files.find(({ path }) => path === chosen[0]);
  const lost = missing.filter(({ subset, split }) => subset === of?.subset && split === of?.split);
  if (lost.length > 0) throw notThere(source.repo, lost, revision);
  return select(source, revision, entries, chosen);
}

/** Without them the dataset would silently be another one. */
function notThere(repo: string, missing: readonly SplitFile[], revision: string): UserError {
  const patterns = missing.map(({ path }) => path).slice(0, 5);
  return new UserError(
    `The README of the hub dataset ${repo} declares ${patterns.join(", ")}, which no file at ${revision} matches: name another --subset, --split or --revision, or download the files and give their path.`,
  );
}

/** What identifies the content of these files; equal however the repository's other files change. */
export function hubContentHash(files: HubFile[]): string {
  return createHash("sha256")
    .update(JSON.stringify(files.map(({ path, id }) => [path, id])))
    .digest("hex");
}

/** What the library needs with every question to the hub. */
export function hubParams(repo: string, access: HubAccess) {
  return {
    repo: { type: "dataset" as const, name: repo },
    hubUrl: access.endpoint.replace(/\/+$/, ""),
    fetch: hubFetch(repo, access),
    ...(access.token ? { accessToken: access.token } : {}),
  };
}

async function listAll(repo: string, revision: string, access: HubAccess): Promise<ListFileEntry[]> {
  const entries: ListFileEntry[] = [];
  // The library puts the revision into the address as it is.
  const asked = { ...hubParams(repo, access), revision: encodeURIComponent(revision), recursive: true };
  for await (const entry of listFiles(asked)) if (entry.type === "file") entries.push(entry);
  return entries;
}

function select(source: HubSource, revision: string, entries: ListFileEntry[], paths: string[]): HubFile[] {
  return paths.map((path) => {
    const entry = entries.find((one) => one.path === path)!;
    const file = {
      repo: source.repo,
      revision,
      path,
      size: entry.size,
      id: entry.lfs?.oid ?? entry.oid ?? "",
    };
    return entry.lfs ? { ...file, sha256: entry.lfs.oid.replace(/^sha256:/, "") } : file;
  });
}

/** The YAML at the head of the README; null where there is none or it is broken. */
async function readCard(source: HubSource, revision: string, access: HubAccess): Promise<unknown> {
  const readme = await downloadFile({
    ...hubParams(source.repo, access),
    path: "README.md",
    revision,
    xet: false,
  });
  const yaml = /^---\r?\n([\s\S]*?)\r?\n---/.exec((await readme?.text()) ?? "")?.[1];
  try {
    return yaml === undefined ? null : readYaml(yaml, "README.md").value;
  } catch {
    return null;
  }
}
