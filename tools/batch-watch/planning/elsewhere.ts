import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { customIdIn } from "../lines/custom-id.ts";
import { IdNumbers } from "../lines/id-numbers.ts";
import { IdSet } from "../lines/id-set.ts";
import { requestFileOf } from "../lines/request-lines.ts";
import { storedLines } from "../lines/stored-lines.ts";
import type { WatchFiles } from "../watching/watch-files.ts";
import type { BatchRecord } from "../watching/watch-state.ts";
import { fateOfLine } from "./line-fate.ts";

/**
 * Which requests are taken care of by another batch than the one that is planned: answered by it, or with it while it is
 * open. Batches of other tools may overlap, such as when a tool has sent again itself what one of them left.
 */
export class Elsewhere {
  readonly #answered = new IdNumbers();
  readonly #read = new Set<string>();
  /** custom_ids of request files, by path. */
  readonly #requests = new Map<string, IdSet>();

  /** @returns whether another batch than this one takes care of a custom_id */
  async than(record: BatchRecord, files: WatchFiles): Promise<(customId: string) => boolean> {
    await this.#readResults(files);
    const under: IdSet[] = [];
    for (const other of files.state.all()) {
      for (const path of await filesUnderWay(other, record, files)) under.push(await this.#idsOf(path));
    }
    return (id) => this.#answered.has(id) || under.some((ids) => ids.has(id));
  }

  async #readResults({ state }: WatchFiles): Promise<void> {
    for (const name of state.all().flatMap(({ results }) => results ?? [])) {
      if (this.#read.has(name)) continue;
      for await (const lines of storedLines(state.at(name))) {
        for (const { text } of lines) {
          const line: unknown = JSON.parse(text.toString());
          if (!isJsonObject(line) || typeof line.custom_id !== "string") continue;
          if (fateOfLine(line) === "answered") this.#answered.add(line.custom_id);
        }
      }
      this.#read.add(name);
    }
  }

  async #idsOf(path: string): Promise<IdSet> {
    const known = this.#requests.get(path);
    if (known !== undefined) return known;
    const ids = new IdSet();
    for await (const lines of storedLines(path)) {
      for (const { text } of lines) {
        const id = customIdIn(text);
        if (id !== undefined) ids.add(id);
      }
    }
    ids.trim();
    this.#requests.set(path, ids);
    return ids;
  }
}

/** Request files of a batch that is open, or of what is about to be sent again. */
async function filesUnderWay(other: BatchRecord, record: BatchRecord, files: WatchFiles): Promise<string[]> {
  if (other.id === record.id || other.unknown) return [];
  const { state } = files;
  // A batch that was created just before a watch was killed is known by itself before its parent's entry names it.
  const unsent = (other.parts ?? []).filter(
    ({ child }, number) => child === null && state.childOf(other.id, number) === undefined,
  );
  const whole = other.ended === null || unsent.some(({ file }) => file === null);
  const file = whole ? await requestFileOf(files, other) : undefined;
  const parts = unsent.flatMap((part) => part.file ?? []);
  return [...(file === undefined ? [] : [file]), ...parts.map((name) => state.at(name))];
}
