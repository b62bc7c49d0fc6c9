import { relative } from "node:path";
import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";
import type { HubAccess } from "../hub/hub-access.ts";
import { downloadHubFile } from "../hub/hub-download.ts";
import { readRows } from "../reading/read-rows.ts";
import { parseShard, type RowWindow, windowOf } from "../reading/row-window.ts";
import type { SourceRow } from "../reading/source-row.ts";
import { parseColumns } from "../recipes/column-roles.ts";
import { parseTemplate } from "../recipes/prompt-template.ts";
import { type DataFile, datasetOf, FilePreparers } from "./file-preparers.ts";
import { fingerprintOf, hubOf, type Identified, requireUnchanged } from "./fingerprint.ts";
import type { PreparedDataset } from "./prepared-dataset.ts";
import { readPreparedDataset } from "./prepared-rows.ts";
import { PreparedRowsWriter } from "./prepared-rows-writer.ts";

/** How far it is: `done` bytes of the download or of the hash, or prepared rows. */
export interface PrepareProgress {
  stage: "download" | "hash" | "read";
  done: number;
}

export interface PrepareOptions {
  hub?: HubAccess | undefined;
  onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/**
 * Reads a dataset once, checks every row, and leaves rows.jsonl, rows.idx and dataset.json in `folder`, durably and
 * dataset.json last. Where the folder holds the same dataset already, nothing is done again.
 * @throws UserError at the first bad row, unless the request skips those: then they keep their numbers as `{bad}`
 */
export async function prepareDataset(
  request: DatasetRequest,
  folder: string,
  options: PrepareOptions = {},
): Promise<PreparedDataset> {
  checkRequest(request);
  const report = throttled(options.onProgress);
  const before = await readPreparedDataset(folder).catch(() => undefined);
  let hashed = 0;
  const onBytes = (bytes: number) => {
    hashed += bytes;
    report({ stage: "hash", done: hashed });
  };
  const identified = await fingerprintOf(request, { hub: options.hub, before, onBytes });
  if (before?.fingerprint === identified.fingerprint) return before;
  const files = await localFiles(request, identified, options.hub, report);
  const prepared = await prepareFiles(request, files, identified, folder, report);
  return prepared;
}

/** What can be refused before anything is read. */
function checkRequest(request: DatasetRequest): void {
  if (request.columns !== undefined) parseColumns(request.columns);
  if (request.template !== undefined) parseTemplate(request.template);
  if (request.shard !== undefined) parseShard(request.shard);
}

async function localFiles(
  request: DatasetRequest,
  identified: Identified,
  hub: HubAccess | undefined,
  report: (progress: PrepareProgress) => void,
): Promise<DataFile[]> {
  const { source } = request;
  if (source.kind !== "hub") {
    const paths = source.kind === "file" ? [source.path] : source.paths;
    return paths.map((path) => ({ path, name: nameOf(path) }));
  }
  const files: DataFile[] = [];
  let before = 0;
  for (const file of identified.hubFiles) {
    const path = await downloadHubFile(file, hubOf(hub), (bytes) =>
      report({ stage: "download", done: before + bytes }),
    );
    before += file.size;
    files.push({ path, name: `${file.repo}/${file.path}` });
  }
  return files;
}

async function prepareFiles(
  request: DatasetRequest,
  files: DataFile[],
  { fingerprint, content }: Identified,
  folder: string,
  report: (progress: PrepareProgress) => void,
): Promise<PreparedDataset> {
  const window = await windowOf(request, () => countRows(files));
  const preparers = new FilePreparers(request, files);
  await using writer = await PreparedRowsWriter.create(folder);
  let seen = 0;
  for await (const { rows, first, place: start, file } of batchesOf(files, window)) {
    seen += rows.length;
    const begin = Math.max(window.first - first, 0);
    if (begin >= rows.length) continue;
    const preparer = preparers.of(file, writer.count);
    preparer.settle(rows);
    for (let at = begin; at < rows.length && first + at < window.end; at++) {
      writer.add(preparer.prepare(rows[at]!, placeOf(rows[at]!, start + at, file.name)));
    }
    if (writer.full) await writer.flush();
    report({ stage: "read", done: writer.count });
  }
  requireRows(writer, { seen, firstFault: preparers.firstFault }, files, request);
  const recipes = preparers.finish();
  await requireUnchanged(content);
  const [{ recipe }] = recipes as [(typeof recipes)[number]];
  const several = request.source.kind === "files" ? { files: recipes } : {};
  return await writer.finish({ first_row: window.first, fingerprint, content, recipe, ...several });
}

/** Batches with the number of their first row, in all and in their file; those behind the window are not read. */
async function* batchesOf(
  files: DataFile[],
  window: RowWindow,
): AsyncGenerator<{ rows: SourceRow[]; first: number; place: number; file: DataFile }> {
  let first = 0;
  for (const file of files) {
    let place = 0;
    for await (const rows of readRows(file.path, file.name)) {
      if (first >= window.end) return;
      yield { rows, first, place, file };
      first += rows.length;
      place += rows.length;
    }
  }
}

async function countRows(files: DataFile[]): Promise<number> {
  let rows = 0;
  for (const file of files) for await (const batch of readRows(file.path, file.name)) rows += batch.length;
  return rows;
}

function requireRows(
  writer: PreparedRowsWriter,
  { seen, firstFault }: { seen: number; firstFault: string | undefined },
  files: DataFile[],
  request: DatasetRequest,
): void {
  const name = datasetOf(request, files);
  if (writer.count === 0) {
    const narrowed = seen > 0 && (request.offset || request.limit || request.shard);
    throw new UserError(
      narrowed
        ? `${name} has no row in the part that --offset, --limit and --shard leave.`
        : `${name} holds no rows: give a file that has some.`,
    );
  }
  if (writer.bad === writer.count) throw new UserError(`${name} has no row that can be used: ${firstFault}.`);
}

function placeOf(row: SourceRow, number: number, name: string): string {
  return row.line > 0 ? `${name} line ${row.line}` : `${name} row ${number}`;
}

/** The path as a person would type it from here. */
function nameOf(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

const REPORT_EVERY_MS = 200;

function throttled(onProgress: PrepareOptions["onProgress"]): (progress: PrepareProgress) => void {
  if (!onProgress) return () => {};
  let last = { atMs: 0, stage: "" };
  return (progress) => {
    const nowMs = performance.now();
    if (progress.stage === last.stage && nowMs - last.atMs < REPORT_EVERY_MS) return;
    last = { atMs: nowMs, stage: progress.stage };
    onProgress(progress);
  };
}
