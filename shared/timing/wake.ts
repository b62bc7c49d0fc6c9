/** Something that waits for a sign that it should look again, or for a time to pass. */
export class Wake {
  #resolve: (() => void) | undefined;
  #signalled = false;

  notify(): void {
    this.#signalled = true;
    this.#resolve?.();
  }

  /** Resolves at the next `notify`, at once if one came since the last wait, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#signalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#resolve = undefined;
    this.#signalled = false;
  }
}
