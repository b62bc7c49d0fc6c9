import { Interrupted, onInterrupt } from "../jobs/interrupt.ts";
import { tell } from "../view/terminal.ts";

/**
 * Does work that Ctrl-C ends in good order: what it was writing is taken away, not left half done.
 * @param said when that happens @throws Interrupted
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  said: () => string = () => "no file was written",
): Promise<Result> {
  const interrupt = onInterrupt();
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (!interrupt.wanted()) throw error;
    tell(`Interrupted: ${said()}.`);
    throw new Interrupted();
  }
}
