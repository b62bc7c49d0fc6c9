import { Interrupted, onInterrupt } from "../interrupt.ts";
import { tell } from "../terminal.ts";

/**
 * Does work that Ctrl-C ends in good order: what it was writing is taken away, not left half done.
 * @throws Interrupted
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupt = onInterrupt();
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (!interrupt.wanted()) throw error;
    tell("Interrupted: no file was written.");
    throw new Interrupted();
  }
}
