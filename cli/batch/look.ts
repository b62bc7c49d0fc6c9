import { type Batch, errorsOf, isFinished } from "../../shared/batch-api/batch.ts";
import { findBatches } from "../../shared/batch-api/find-batches.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";
import type { BatchFlags } from "./batch-flags.ts";
import { readBatchId } from "./batch-id.ts";
import { progressOf, stateLine } from "./batch-state.ts";
import { withProvider } from "./provider.ts";

type Flags = Pick<BatchFlags, "id" | "json">;

const MOST_LISTED = 10_000;

/** Shows how far a batch is. @returns the exit code */
export async function checkBatch(flags: Flags): Promise<number> {
  const id = readBatchId(flags.id);
  const batch = await withProvider((api) => api.retrieveBatch(id));
  showBatch(batch, flags);
  return EXIT.done;
}

/** Ends a batch; what is done of it is kept. @returns the exit code */
export async function cancelBatch(flags: Flags): Promise<number> {
  const id = readBatchId(flags.id);
  const batch = await withProvider((api) => api.cancelBatch(id));
  showBatch(batch, flags);
  return EXIT.done;
}

/** @returns the exit code */
export async function listBatches(flags: Pick<BatchFlags, "limit" | "json">): Promise<number> {
  const limit = limitOf(flags.limit ?? "20");
  const batches = await withProvider(async (api) => {
    const found: Batch[] = [];
    for await (const batch of findBatches(api, { pageSize: Math.min(limit, 100) })) {
      found.push(batch);
      if (found.length === limit) break;
    }
    return found;
  });
  if (flags.json) printJson(batches);
  else if (batches.length === 0) tell("There are no batches: `assay batch run FILE` makes one.");
  else print(table(["batch", "state", "requests", "created", "endpoint"], batches.map(cellsOf)));
  return EXIT.done;
}

function showBatch(batch: Batch, { json }: Flags): void {
  if (json) {
    printJson(batch);
    return;
  }
  print(stateLine(batch));
  for (const error of errorsOf(batch)) print(error);
  const fetched = batch.output_file_id || batch.error_file_id;
  if (isFinished(batch) && fetched)
    tell(`\`assay batch download PATH --id ${batch.id}\` fetches its results.`);
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MOST_LISTED) return limit;
  throw new UserError(`--limit is ${JSON.stringify(text)}: give a whole number from 1 to ${MOST_LISTED}.`);
}

function cellsOf(batch: Batch): string[] {
  const created = new Date(batch.created_at * 1000).toISOString().slice(0, 16).replace("T", " ");
  return [batch.id, batch.status, progressOf(batch), created, batch.endpoint];
}
