import { join } from "node:path";
import { z } from "zod";

const fileShape = { path: z.string(), size: z.number(), mtime_ms: z.number(), sha256: z.string() };
/** A file as it was when it was read; equal size and time spare hashing it again. */
export const FileContent = z.strictObject(fileShape);
export type FileContent = z.infer<typeof FileContent>;

/** What says which content was read: files by their hashes, the hub's files by theirs. */
export const DatasetContent = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("file"), ...fileShape }),
  z.strictObject({ kind: z.literal("files"), files: z.array(FileContent), sha256: z.string() }),
  z.strictObject({
    kind: z.literal("hub"),
    repo: z.string(),
    revision: z.string(),
    files: z.array(z.string()),
    sha256: z.string(),
  }),
]);
export type DatasetContent = z.infer<typeof DatasetContent>;

/** How the rows of one file became prompts. */
const UsedRecipe = z.strictObject({ form: z.string(), columns: z.record(z.string(), z.string()) });

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
  recipe: UsedRecipe,
  /** Where several files were named: from which prepared row on each has its rows. A file without any is not there. */
  files: z.array(z.strictObject({ path: z.string(), from: z.int(), recipe: UsedRecipe })).optional(),
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
