/** Exit codes of the command, documented in docs/command.md. */
export const EXIT = { done: 0, doneWithFailures: 1, badInput: 2, couldNotRun: 3, interrupted: 130 } as const;

/**
 * Something the user can put right. The message is one sentence naming the thing, the place and the way out;
 * it is shown as it is, without a stack trace.
 */
export class UserError extends Error {
  override name = "UserError";
  readonly exitCode: 2 | 3;
  constructor(message: string, options: ErrorOptions & { exitCode?: 2 | 3 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.badInput;
  }
}

/** The message can never be handled: it goes to the dead letters and is not delivered again. */
export class TerminalError extends Error {
  override name = "TerminalError";
}

/** The message may be handled later: it is delivered again after `retryAfterMs`. */
export class RetryableError extends Error {
  override name = "RetryableError";
  readonly retryAfterMs: number;
  constructor(message: string, options: ErrorOptions & { retryAfterMs: number }) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The sentence of any thrown value, for logs and messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
