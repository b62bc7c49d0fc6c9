import { messageOf } from "../errors.ts";
import type { Broker } from "./broker.ts";

const AGAIN_MS = 200;

/** Repeats what may be done twice while the broker is away; gives up only when the connection was closed by us. */
export async function patiently<Result>(broker: Broker, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (broker.nc.isClosed() || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** The broker is away, or has just come back: what failed may be tried again. */
export function isPassing(error: unknown): boolean {
  return /timeout|no responders|disconnect|not enabled|503|unavailable/i.test(
    `${(error as Error)?.name} ${messageOf(error)}`,
  );
}
