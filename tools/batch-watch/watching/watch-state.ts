import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { Batch } from "../../../shared/batch-api/batch.ts";
import { wasNoAttempt } from "../../../shared/batch-policy/failed-batch.ts";
import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";

/** Requests of a batch that are sent again, as a batch of their own. */
export const ResentPart = z.strictObject({
  /** File of the folder that holds the requests; null: the batch's own input file is used once more. */
  file: z.string().nullable(),
  requests: z.int(),
  sha256: z.string(),
  /** Once it is uploaded. */
  fileId: z.string().nullable(),
  /** Unix seconds of the provider's clock, where it says so. */
  uploadedAt: z.number().nullable(),
  /** When its batch was about to be created, in Unix milliseconds: stored before the call. */
  intendedMs: z.number().nullable(),
  /** Its batch. */
  child: z.string().nullable(),
});
export type ResentPart = z.infer<typeof ResentPart>;

/**
 * What is known of a watched batch. It goes from open (no `ended`) to ended, collected (its files are on this disk),
 * planned (`parts` says what of it is sent again), and is through when all parts have a child.
 */
export const BatchRecord = z.strictObject({
  id: z.string(),
  /** No batch, but the dataset: what is sent of it are rows that stand in none of the batches. */
  ofDataset: z.boolean().default(false),
  /** The batch that was given, of which this one holds requests. */
  root: z.string(),
  parent: z.string().nullable(),
  /** Of its parent's parts, counted from 0. */
  part: z.int(),
  /** In how many batches its requests were, this one included; those that were never taken in do not count. */
  attempt: z.int(),
  /** Another batch holds the same requests and is older: nothing of this one is sent again. */
  twin: z.boolean(),
  /** The provider knows no such batch. */
  unknown: z.boolean(),
  ended: Batch.nullable(),
  /** Result files of the folder. */
  results: z.array(z.string()).nullable(),
  /** The provider has the file of answers no longer: what stood there was paid, and cannot be had. */
  answersGone: z.boolean(),
  parts: z.array(ResentPart).nullable(),
  /** Requests without an answer that were not sent again, though another start may do so. */
  heldBack: z.int(),
  /** A person was told that the account or the key keeps its requests from being answered: the next start sends them. */
  told: z.boolean().default(false),
});
export type BatchRecord = z.infer<typeof BatchRecord>;

const SUFFIX = ".batch.json";

/** The batches of a watch, a file each: what one start has learnt and done, the next one finds. */
export class WatchState {
  readonly folder: string;
  /** In the order in which they became known: a child after its parent. */
  readonly records = new Map<string, BatchRecord>();
  /** Rises with every step that is done. */
  revision = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param folder that is there @param hasDataset rows may be sent that stand in none of the batches
   * @throws UserError if a file in it is damaged
   */
  static async open(folder: string, roots: readonly string[], hasDataset: boolean): Promise<WatchState> {
    const state = new WatchState(folder);
    const found = new Map<string, BatchRecord>();
    for (const name of (await readdir(folder)).filter((one) => one.endsWith(SUFFIX))) {
      const record = await readRecord(join(folder, name));
      found.set(record.id, record);
    }
    for (const root of roots) state.records.set(root, reopened(found.get(root) ?? newRecord(root)));
    const dataset = found.get(basename(folder)) ?? (hasDataset ? datasetRecord(basename(folder)) : undefined);
    if (dataset) state.records.set(dataset.id, reopened(dataset));
    // Those without a parent are roots that an earlier start found beside the given ones.
    const rest = [...found.values()].filter(({ id }) => !state.records.has(id));
    for (const record of rest.sort((a, b) => a.attempt - b.attempt)) {
      state.records.set(record.id, reopened(record));
    }
    return state;
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  get(id: string): BatchRecord | undefined {
    return this.records.get(id);
  }

  all(): BatchRecord[] {
    return [...this.records.values()];
  }

  batches(): BatchRecord[] {
    return this.all().filter(({ ofDataset }) => !ofDataset);
  }

  /** The batch that holds a part of another again. */
  childOf(parent: string, part: number): BatchRecord | undefined {
    return this.all().find((one) => one.parent === parent && one.part === part && !one.twin);
  }

  /** A batch that is to be watched like those that were given. */
  async addRoot(id: string): Promise<void> {
    await this.save(newRecord(id));
  }

  /** Durable when it resolves. */
  async save(record: BatchRecord): Promise<BatchRecord> {
    this.records.set(record.id, record);
    await using file = await AtomicFile.create(this.at(`${record.id}${SUFFIX}`));
    file.append(`${JSON.stringify(record)}\n`);
    await file.commit();
    this.revision += 1;
    return record;
  }
}

/** What an earlier start could not do, or was not to do, is tried anew: this one may have another key, or other flags. */
function reopened(record: BatchRecord): BatchRecord {
  const plannedAnew = record.parts?.length === 0 && (record.heldBack > 0 || record.ofDataset);
  return { ...record, unknown: false, parts: plannedAnew ? null : record.parts };
}

function newRecord(id: string): BatchRecord {
  const origin = { id, root: id, parent: null, part: 0, attempt: 1 };
  const plain = { ofDataset: false, twin: false, unknown: false };
  return {
    ...origin,
    ...plain,
    ended: null,
    results: null,
    answersGone: false,
    parts: null,
    heldBack: 0,
    told: false,
  };
}

/** As of a batch of which nothing was ever taken in. @param id that no other watch has */
function datasetRecord(id: string): BatchRecord {
  const endpoint = "/v1/chat/completions";
  const ended = { id, status: "completed" as const, endpoint, input_file_id: "", created_at: 0 };
  return { ...newRecord(id), ofDataset: true, attempt: 0, ended, results: [] };
}

/** The record of a batch that holds requests of `parent` again. */
export function childRecord(parent: BatchRecord, part: number, id: string, twin: boolean): BatchRecord {
  const attempt = parent.attempt + (parent.ended && wasNoAttempt(parent.ended) ? 0 : 1);
  return { ...newRecord(id), root: parent.root, parent: parent.id, part, attempt, twin };
}

async function readRecord(path: string): Promise<BatchRecord> {
  try {
    return BatchRecord.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw new UserError(
      `${path} is damaged: remove this file, and what it says is learnt anew from the provider.`,
      { cause, exitCode: EXIT.couldNotRun },
    );
  }
}
