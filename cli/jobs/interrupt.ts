const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The user ended the command before it was through. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

export interface Interrupt {
  /** Resolves at the first Ctrl-C, SIGTERM, or end of the terminal. */
  requested: Promise<void>;
  wanted(): boolean;
  /** Aborts then too. */
  signal: AbortSignal;
  /** What a further one does. */
  again(act: () => void): void;
}

/** From now on signals do not end this process: the caller ends what it does in good order. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let further: () => void = () => {};
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) return further();
      controller.abort();
      resolve();
    });
  }
  return {
    requested: promise,
    wanted: () => controller.signal.aborted,
    signal: controller.signal,
    again: (act) => {
      further = act;
    },
  };
}
