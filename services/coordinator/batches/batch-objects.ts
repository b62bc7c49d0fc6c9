import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";

/** What this file must say of a batch to be kept in it. */
const Listed = z.array(z.looseObject({ metadata: z.looseObject({ run: z.string() }) }));

/** Where a job's batches are listed: in its work folder. */
export const batchObjectsFile = (workFolder: string) => join(workFolder, "batch_objects.json");

/**
 * Writes the batches of these shards as the provider's objects, so that they can be watched without this system. What the
 * file has of other runs stays there: their shards are gone, what their batches hold may still be wanted.
 */
export async function writeBatchObjects(
  workFolder: string,
  shards: readonly Shard[],
  endpoint: string,
): Promise<void> {
  const inOrder = shards.toSorted((a, b) => a.run - b.run || a.shard - b.shard);
  const objects = inOrder.flatMap((shard) => shard.sends.flatMap((send) => objectOf(shard, send, endpoint)));
  const earlier = await ofOtherRuns(workFolder, new Set(shards.map(({ run }) => String(run))));
  await using file = await AtomicFile.create(batchObjectsFile(workFolder));
  file.append(`${JSON.stringify([...earlier, ...objects], null, 2)}\n`);
  await file.commit();
}

async function ofOtherRuns(workFolder: string, runs: ReadonlySet<string>): Promise<object[]> {
  const text = await readFile(batchObjectsFile(workFolder), "utf8").catch(() => "[]");
  const listed = Listed.safeParse(parsed(text)).data ?? [];
  return listed.filter(({ metadata }) => !runs.has(metadata.run));
}

/** Somebody may have written something else there. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf({ job, run, shard }: Shard, { batch, number }: ShardSend, endpoint: string): object[] {
  if (batch === null) return [];
  const { total, completed, failed } = batch;
  return [
    {
      id: batch.id,
      object: "batch",
      endpoint,
      input_file_id: batch.inputFileId,
      completion_window: "24h",
      status: batch.status,
      output_file_id: batch.outputFileId,
      error_file_id: batch.errorFileId,
      created_at: batch.createdAt,
      request_counts: { total, completed, failed },
      metadata: { job, run: String(run), shard: String(shard), send: String(number) },
    },
  ];
}
