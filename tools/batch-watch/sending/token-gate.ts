/**
 * Holds batches back while those of the key hold as many tokens as they may. After a refusal one batch at a time is tried,
 * when another one has ended or after a wait that doubles; once one is taken in, all may go.
 */
export class TokenGate {
  readonly #firstWaitMs: number;
  readonly #longestWaitMs: number;
  #refusals = 0;
  #closedUntilMs = 0;

  constructor(firstWaitMs: number, longestWaitMs: number) {
    this.#firstWaitMs = firstWaitMs;
    this.#longestWaitMs = longestWaitMs;
  }

  refused(nowMs: number): void {
    const waitMs = Math.min(this.#firstWaitMs * 2 ** this.#refusals, this.#longestWaitMs);
    this.#refusals += 1;
    this.#closedUntilMs = nowMs + waitMs;
  }

  /** A batch has ended and given its tokens back. */
  roomMade(): void {
    this.#closedUntilMs = 0;
  }

  /** A batch was taken in after its validation. */
  accepted(): void {
    this.#refusals = 0;
    this.#closedUntilMs = 0;
  }

  get isClosed(): boolean {
    return this.#refusals > 0;
  }

  /** @param validating batches of which it is not known yet whether they are taken in */
  mayCreate(nowMs: number, validating: number): boolean {
    return this.#refusals === 0 || (nowMs >= this.#closedUntilMs && validating === 0);
  }
}
