import { join } from "node:path";
import { z } from "zod";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { DEFAULT_HUB } from "../../shared/datasets/hub-access.ts";
import { prepareInChild } from "../../shared/datasets/prepare-in-child.ts";
import { isBad, type PreparedRow } from "../../shared/datasets/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { openTemporaryFolder } from "./temporary-folder.ts";

const HubConfig = z.object({ HF_ENDPOINT: z.string().default(DEFAULT_HUB), HF_TOKEN: z.string().optional() });

/** What a job reads, and where it keeps work in progress. */
export interface RowsToRead {
  request: DatasetRequest;
  tempDir: string;
}

/**
 * Reads a typed job's rows as a coordinator would, into a temporary folder that is gone afterwards, so that every row
 * is checked. @param most no more rows than this are read @param signal ends the reading
 * @throws UserError at a row that cannot be asked; the signal's reason if it was aborted
 */
export async function withPreparedRows<Result>(
  read: RowsToRead,
  most: number | undefined,
  use: (rows: PreparedRows) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  await using folder = await openTemporaryFolder("rows");
  await using rows = await prepareRows(read, most, join(folder.path, "dataset"), signal);
  return await use(rows);
}

/** Reads a typed job's dataset into a folder, where it is not read again. @throws UserError at a row that cannot be asked */
export async function prepareRows(
  { request, tempDir }: RowsToRead,
  most: number | undefined,
  folder: string,
  signal?: AbortSignal,
): Promise<PreparedRows> {
  const { HF_ENDPOINT, HF_TOKEN } = readConfig(HubConfig);
  const hub = {
    endpoint: HF_ENDPOINT.replace(/\/+$/, ""),
    token: HF_TOKEN,
    cacheFolder: join(tempDir, "hub"),
  };
  await prepareInChild(narrowed(request, most), folder, { hub, signal });
  return await PreparedRows.open(folder);
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
