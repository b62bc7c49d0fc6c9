import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AtomicFile } from "../writing/atomic-file.ts";
import { type PreparedDataset, preparedFiles } from "./prepared-dataset.ts";
import type { BadRow, PreparedRow } from "./prepared-row.ts";

const OFFSET_BYTES = 8;
const OFFSETS_AT_ONCE = 8192;

/** Writes a prepared dataset: rows one by one, then `finish`, which makes all three files appear, dataset.json last. */
export class PreparedRowsWriter implements AsyncDisposable {
  readonly #rows: AtomicFile;
  readonly #index: AtomicFile;
  readonly #folder: string;
  #offsets = Buffer.allocUnsafe(OFFSETS_AT_ONCE * OFFSET_BYTES);
  #used = 0;
  count = 0;
  bad = 0;

  private constructor(folder: string, rows: AtomicFile, index: AtomicFile) {
    this.#folder = folder;
    this.#rows = rows;
    this.#index = index;
    this.#addOffset();
  }

  static async create(folder: string): Promise<PreparedRowsWriter> {
    const files = preparedFiles(folder);
    await removeLeftovers(folder);
    const rows = await AtomicFile.create(files.rows);
    return new PreparedRowsWriter(folder, rows, await AtomicFile.create(files.index));
  }

  /** Whether `flush` is due. */
  get full(): boolean {
    return this.#rows.full;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  add(row: PreparedRow | BadRow): void {
    this.#rows.append(`${JSON.stringify(row)}\n`);
    this.count++;
    if ("bad" in row) this.bad++;
    this.#addOffset();
  }

  async flush(): Promise<void> {
    await this.#rows.flush();
    await this.#index.flush();
  }

  async finish(about: Omit<PreparedDataset, "rows" | "bad" | "bytes">): Promise<PreparedDataset> {
    this.#index.append(this.#offsets.subarray(0, this.#used));
    // An older dataset.json must not speak for the new rows.
    await rm(preparedFiles(this.#folder).dataset, { force: true });
    await this.#rows.commit();
    await this.#index.commit();
    const dataset = { rows: this.count, bad: this.bad, bytes: this.bytes, ...about };
    await using file = await AtomicFile.create(preparedFiles(this.#folder).dataset);
    file.append(`${JSON.stringify(dataset, null, 2)}\n`);
    await file.commit();
    return dataset;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rows[Symbol.asyncDispose]();
    await this.#index[Symbol.asyncDispose]();
  }

  #addOffset(): void {
    this.#offsets.writeBigUInt64LE(BigInt(this.#rows.bytes), this.#used);
    this.#used += OFFSET_BYTES;
    if (this.#used < this.#offsets.length) return;
    this.#index.append(this.#offsets);
    this.#offsets = Buffer.allocUnsafe(OFFSETS_AT_ONCE * OFFSET_BYTES);
    this.#used = 0;
  }
}

/** Temporary files of a process that was killed: the folder belongs to one job, and nobody else writes there. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const leftovers = names.filter((name) =>
    /^\.(rows\.jsonl|rows\.idx|dataset\.json)\.[0-9a-f]+\.tmp$/.test(name),
  );
  for (const name of leftovers) await rm(join(folder, name), { force: true });
}
