import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  AtomicFile,
  moveIntoPlace,
  removeQuietly,
  unwritable,
} from "../../../shared/datasets/writing/atomic-file.ts";
import { makeFolder } from "../../../shared/installation/make-folder.ts";
import { fullMixPath } from "../../../shared/judging/items/mix-folder.ts";

const SHARD_ROWS = 250;

/**
 * The files of a mix: per aspect `full/<aspect>-full.jsonl` and shards `<name>/<aspect>/<aspect>___shard-000000.jsonl` of
 * 250 rows. They lie in a hidden folder beside until all are written; then they take their places, and shards of an
 * earlier, longer mix of that name go.
 */
export class MixFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #staging: string;
  readonly #name: string;
  readonly #aspects: readonly string[];
  readonly #full = new Map<string, AtomicFile>();
  readonly #shards = new Map<string, AtomicFile>();
  #rows = 0;

  private constructor(folder: string, name: string, aspects: readonly string[]) {
    this.#folder = folder;
    this.#staging = join(folder, `.mix-${randomBytes(6).toString("hex")}`);
    this.#name = name;
    this.#aspects = aspects;
  }

  /** @throws UserError if the folder cannot be written to */
  static async create(folder: string, name: string, aspects: readonly string[]): Promise<MixFiles> {
    const files = new MixFiles(folder, name, aspects);
    try {
      for (const aspect of aspects) {
        files.#full.set(aspect, await AtomicFile.create(fullMixPath(files.#staging, aspect)));
      }
      return files;
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Adds a prompt: its line of each aspect, in the order of aspects. */
  async write(lines: readonly string[]): Promise<void> {
    if (this.#rows % SHARD_ROWS === 0) await this.#nextShards();
    for (const [at, aspect] of this.#aspects.entries()) {
      for (const file of [this.#full.get(aspect)!, this.#shards.get(aspect)!]) {
        file.append(lines[at]!);
        if (file.full) await file.flush();
      }
    }
    this.#rows += 1;
  }

  /** @returns the paths of the full files, by aspect */
  async commit(): Promise<Record<string, string>> {
    await this.#commitShards();
    for (const file of this.#full.values()) await file.commit();
    const paths: Record<string, string> = {};
    for (const aspect of this.#aspects) {
      for (let shard = 0; shard < this.#shardCount; shard++)
        await this.#place(this.#shardName(aspect, shard));
      await this.#removeFurtherShards(aspect);
      const path = fullMixPath(this.#folder, aspect);
      await this.#place(path.slice(this.#folder.length + 1));
      paths[aspect] = path;
    }
    return paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of [...this.#full.values(), ...this.#shards.values()]) await file[Symbol.asyncDispose]();
    await removeQuietly(this.#staging);
  }

  get #shardCount(): number {
    return Math.ceil(this.#rows / SHARD_ROWS);
  }

  #shardName(aspect: string, shard: number): string {
    return join(this.#name, aspect, `${aspect}___shard-${String(shard).padStart(6, "0")}.jsonl`);
  }

  async #nextShards(): Promise<void> {
    await this.#commitShards();
    for (const aspect of this.#aspects) {
      const path = join(this.#staging, this.#shardName(aspect, this.#shardCount));
      this.#shards.set(aspect, await AtomicFile.create(path));
    }
  }

  async #commitShards(): Promise<void> {
    for (const file of this.#shards.values()) await file.commit();
    this.#shards.clear();
  }

  async #place(name: string): Promise<void> {
    const path = join(this.#folder, name);
    try {
      await makeFolder(dirname(path));
      await moveIntoPlace(join(this.#staging, name), path);
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  async #removeFurtherShards(aspect: string): Promise<void> {
    const kept = new Set(
      Array.from({ length: this.#shardCount }, (_, shard) => this.#shardName(aspect, shard)),
    );
    for (const name of await readdir(join(this.#folder, this.#name, aspect))) {
      const path = join(this.#name, aspect, name);
      if (name.startsWith(`${aspect}___shard-`) && !kept.has(path)) await rm(join(this.#folder, path));
    }
  }
}
