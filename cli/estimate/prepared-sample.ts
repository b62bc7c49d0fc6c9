import { dirname, join } from "node:path";
import { z } from "zod";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { DEFAULT_HUB, type HubAccess } from "../../shared/datasets/hub/hub-access.ts";
import { prepareInChild } from "../../shared/datasets/preparing/prepare-in-child.ts";
import { isBad, type PreparedRow } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { readConfig } from "../../shared/runtime/process/config.ts";
import type { JobHere } from "./jobs-here.ts";
import { openTemporaryFolder } from "./temporary-folder.ts";

const HubConfig = z.object({ HF_ENDPOINT: z.string().default(DEFAULT_HUB), HF_TOKEN: z.string().optional() });

/**
 * Reads a job's rows as a coordinator would, into a temporary folder that is gone afterwards, so that every row is
 * checked. @param most no more rows of the input than this are read @param signal ends the reading
 * @throws UserError at a row that cannot be asked; the signal's reason if it was aborted
 */
export async function withPreparedRows<Result>(
  { kind, spec }: Pick<JobHere, "kind" | "spec">,
  most: number | undefined,
  use: (rows: PreparedRows) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  await using folder = await openTemporaryFolder("rows");
  const workFolder = join(folder.path, "dataset");
  const dataset = narrowed(spec.dataset, most);
  await kind.prepare({ ...spec, dataset, workFolder }, { hub: hubOf(dirname(spec.workFolder)), signal });
  await using rows = await PreparedRows.open(workFolder);
  return await use(rows);
}

/** What a job reads, and where it keeps work in progress. */
export interface RowsToRead {
  request: DatasetRequest;
  tempDir: string;
}

/** Reads a dataset into a folder, where it is not read again. @throws UserError at a row that cannot be asked */
export async function prepareRows(
  { request, tempDir }: RowsToRead,
  folder: string,
  signal: AbortSignal,
): Promise<PreparedRows> {
  await prepareInChild(request, folder, { hub: hubOf(tempDir), signal });
  return await PreparedRows.open(folder);
}

function hubOf(tempDir: string): HubAccess {
  const { HF_ENDPOINT, HF_TOKEN } = readConfig(HubConfig);
  return { endpoint: HF_ENDPOINT.replace(/\/+$/, ""), token: HF_TOKEN, cacheFolder: join(tempDir, "hub") };
}

/** Rows that can be asked, spread evenly over all of them. */
export async function* spreadRows(rows: PreparedRows, most: number): AsyncGenerator<PreparedRow> {
  const step = Math.max(1, rows.count / most);
  for (let place = 0; place < rows.count; place += step) {
    const row = await rows.readAt(Math.floor(place));
    if (!isBad(row)) yield row;
  }
}

function narrowed(request: DatasetRequest, most: number | undefined): DatasetRequest {
  // A shard is a part of all rows: they must be counted, whatever is wanted of it.
  if (request.shard !== undefined || most === undefined) return request;
  return { ...request, limit: Math.min(most, request.limit ?? most) };
}
