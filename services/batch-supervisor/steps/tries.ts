import type { StepFault } from "./step-fault.ts";

/** How often a thing has failed in a row, and when it may be tried again. */
export class Tries {
  readonly #failed = new Map<string, { failures: number; notBeforeMs: number }>();

  failures(name: string): number {
    return this.#failed.get(name)?.failures ?? 0;
  }

  mayTry(name: string, nowMs: number): boolean {
    return nowMs >= (this.#failed.get(name)?.notBeforeMs ?? 0);
  }

  succeeded(name: string): void {
    this.#failed.delete(name);
  }

  /** Counts from the beginning again, after that time. */
  rest(name: string, { waitMs }: Pick<StepFault, "waitMs">, nowMs: number): void {
    this.#failed.set(name, { failures: 0, notBeforeMs: nowMs + waitMs });
  }

  failed(name: string, { waitMs }: Pick<StepFault, "waitMs">, nowMs: number): void {
    this.#failed.set(name, { failures: this.failures(name) + 1, notBeforeMs: nowMs + waitMs });
  }
}
