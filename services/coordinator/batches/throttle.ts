/** Work that is wanted often and done at most once in so many milliseconds, one at a time, never left out at the end. */
export class Throttle {
  readonly #everyMs: number;
  readonly #work: () => Promise<void>;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(everyMs: number, work: () => Promise<void>, onFault: (error: unknown) => void) {
    this.#everyMs = everyMs;
    this.#work = work;
    this.#onFault = onFault;
  }

  /** The work is done once more, as soon as it may be. */
  want(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#lastMs = performance.now();
        this.#working = (this.#working ?? Promise.resolve()).then(this.#work).catch(this.#onFault);
      },
      Math.max(0, this.#lastMs + this.#everyMs - performance.now()),
    );
  }

  /** Nothing is begun any more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }
}
