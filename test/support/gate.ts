/** Something that holds others back until it is opened. */
export interface Gate {
  open(): void;
  readonly opened: Promise<void>;
}

export function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}
