import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { Held, Store } from "../../../shared/runtime/store.ts";

/** Somebody else owns the job now; what this process still does for it is void. */
export class OwnershipLost extends Error {
  override name = "OwnershipLost";
}

/**
 * The progress entry of a job or plan in the hands of its owner. The draft is changed in memory, only after what it says is true
 * on disk; `save` makes it durable. Saves that are asked for while one is on its way share the next one.
 */
export class ProgressKeeper<Progress extends object = JobProgress> {
  readonly draft: Progress;
  readonly #store: Store<Progress>;
  readonly #key: string;
  #revision: number;
  #saving: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(store: Store<Progress>, key: string, held: Held<Progress>) {
    this.#store = store;
    this.#key = key;
    this.#revision = held.revision;
    this.draft = structuredClone(held.value);
  }

  /** @throws OwnershipLost when another owner has written since */
  save(): Promise<void> {
    if (this.#saving === undefined) {
      this.#saving = this.#write().finally(() => {
        this.#saving = undefined;
      });
      return this.#saving;
    }
    this.#next ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.save();
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    const written = await this.#store.update(this.#key, structuredClone(this.draft), this.#revision);
    if (written === undefined) throw new OwnershipLost("another coordinator owns this job now");
    this.#revision = written.revision;
  }
}
