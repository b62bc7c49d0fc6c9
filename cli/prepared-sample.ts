import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { DatasetRequest } from "../shared/contracts/dataset-request.ts";
import { DEFAULT_HUB } from "../shared/datasets/hub-access.ts";
import { prepareInChild } from "../shared/datasets/prepare-in-child.ts";
import { isBad, type PreparedRow } from "../shared/datasets/prepared-row.ts";
import { PreparedRows } from "../shared/datasets/prepared-rows.ts";
import { UserError } from "../shared/errors.ts";
import { readConfig } from "../shared/runtime/config.ts";
import type { TypedJob } from "./job-message.ts";

const HubConfig = z.object({ HF_ENDPOINT: z.string().default(DEFAULT_HUB), HF_TOKEN: z.string().optional() });

/**
 * Reads a typed job's dataset as a coordinator would, into a temporary folder that is gone afterwards, so that every row
 * is checked. @param most no more rows than this are read @throws UserError at a row that cannot be asked
 */
export async function withPreparedRows<Result>(
  typed: TypedJob,
  most: number | undefined,
  use: (rows: PreparedRows) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "assay-rows-"));
  try {
    await using rows = await prepareRows(typed, most, folder);
    return await use(rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads a typed job's dataset into a folder, where it is not read again. @throws UserError at a row that cannot be asked */
export async function prepareRows(
  typed: TypedJob,
  most: number | undefined,
  folder: string,
  signal?: AbortSignal,
): Promise<PreparedRows> {
  const { HF_ENDPOINT, HF_TOKEN } = readConfig(HubConfig);
  const hub = {
    endpoint: HF_ENDPOINT.replace(/\/+$/, ""),
    token: HF_TOKEN,
    cacheFolder: join(typed.values.temp_dir, "hub"),
  };
  await prepareInChild(requestOf(typed, most), folder, { hub, signal });
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

function requestOf({ source, values }: TypedJob, most: number | undefined): DatasetRequest {
  if (source === undefined)
    throw new UserError(
      `The dataset ${values.dataset} is not on this machine, so that it cannot be read here.`,
    );
  const { columns, system, template, limit, offset, shard } = values;
  // A shard is a part of all rows: they must be counted, whatever is wanted of it.
  const narrowed = shard === undefined && most !== undefined ? Math.min(most, limit ?? most) : limit;
  const given = { columns, system, template, limit: narrowed, offset, shard };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { source, ...known, skipBadRows: values.skip_bad_rows };
}
