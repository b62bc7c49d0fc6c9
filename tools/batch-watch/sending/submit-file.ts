import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";
import { type ReportRow, writeBatchReport } from "../showing/batch-report.ts";
import { createIntended } from "./create-intended.ts";
import { PendingFile, type PendingSubmission } from "./pending-submission.ts";

/** A request file, checked, that is to become a batch. */
export interface FileToSubmit {
  path: string;
  shard: string;
  endpoint: string;
  /** Prompt tokens; null where nobody asked for them. */
  tokens: number | null;
}

/** A report on this disk, to which batches are added. */
export interface OpenReport {
  path: string;
  rows: ReportRow[];
}

export interface Submitting {
  api: BatchApi;
  report: OpenReport;
  reconcileWaitMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Creates a batch of a file, once, whatever is killed meanwhile, and adds it to the report; or takes the place of the batch
 * in the report that was never taken in, whose upload is used again.
 * @throws BatchApiError
 */
export async function submitFile(
  submitting: Submitting,
  { path, shard, endpoint }: FileToSubmit,
  refused?: Batch,
): Promise<Batch> {
  const { api, signal } = submitting;
  const uploaded = refused
    ? { id: refused.input_file_id, created_at: refused.created_at }
    : await upload(api, path, signal);
  return await carryOut(submitting, {
    ...{ local_filepath: path, shard, endpoint: refused?.endpoint ?? endpoint, mark: randomUUID() },
    ...{ fileId: uploaded.id, uploadedAt: uploaded.created_at, intendedMs: null },
  });
}

/** Brings to its end what an earlier start had begun, if there is such a thing. */
export async function resumePending(submitting: Submitting): Promise<Batch | undefined> {
  const { report } = submitting;
  const file = new PendingFile(report.path);
  const pending = await file.read();
  if (pending === undefined) return undefined;
  if (pending.intendedMs !== null) return await carryOut(submitting, pending);
  await file.clear();
  return undefined;
}

async function carryOut(submitting: Submitting, pending: PendingSubmission): Promise<Batch> {
  const { api, report, reconcileWaitMs, signal } = submitting;
  const { fileId, local_filepath, shard, endpoint, mark } = pending;
  const file = new PendingFile(report.path);
  const metadata = { source: basename(local_filepath).slice(0, 500), assay_run: mark };
  const batch = await createIntended(api, {
    batch: { input_file_id: fileId, endpoint, metadata },
    notBefore: pending.uploadedAt,
    intendedMs: pending.intendedMs,
    note: (intendedMs) => (intendedMs === null ? file.clear() : file.write({ ...pending, intendedMs })),
    reconcileWaitMs,
    signal,
  });
  const row = { id: batch.id, input_file_id: fileId, local_filepath, shard };
  const place = report.rows.findIndex((one) => one.local_filepath === local_filepath);
  report.rows = place < 0 ? [...report.rows, row] : report.rows.with(place, row);
  await writeBatchReport(report.path, report.rows);
  await file.clear();
  return batch;
}

async function upload(api: BatchApi, path: string, signal: AbortSignal | undefined) {
  const { size } = await stat(path);
  const name = basename(path);
  return await api.uploadFile({ name, bytes: size, content: () => fileBytes(path, "none") }, { signal });
}
