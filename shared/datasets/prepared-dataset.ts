import { join } from "node:path";
import { z } from "zod";

/** What says which content was read: a file by its hash, the hub's files by theirs. */
export const DatasetContent = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("file"),
    path: z.string(),
    size: z.number(),
    mtime_ms: z.number(),
    sha256: z.string(),
  }),
  z.strictObject({
    kind: z.literal("hub"),
    repo: z.string(),
    revision: z.string(),
    files: z.array(z.string()),
    sha256: z.string(),
  }),
]);
export type DatasetContent = z.infer<typeof DatasetContent>;

/** dataset.json of a job's work folder: it is written last, so that where it is, all is. */
export const PreparedDataset = z.strictObject({
  /** Prepared rows, bad ones included. */
  rows: z.int(),
  /** Rows that cannot be asked; they keep their numbers. */
  bad: z.int(),
  /** Number in the dataset of prepared row 0: more than 0 with an offset or a shard. */
  first_row: z.int(),
  /** Of rows.jsonl. */
  bytes: z.int(),
  fingerprint: z.string(),
  content: DatasetContent,
  recipe: z.strictObject({ form: z.string(), columns: z.record(z.string(), z.string()) }),
});
export type PreparedDataset = z.infer<typeof PreparedDataset>;

/** The three files of a prepared dataset. `index` holds rows + 1 byte offsets into `rows`, as little-endian uint64. */
export function preparedFiles(folder: string) {
  return {
    rows: join(folder, "rows.jsonl"),
    index: join(folder, "rows.idx"),
    dataset: join(folder, "dataset.json"),
  };
}
