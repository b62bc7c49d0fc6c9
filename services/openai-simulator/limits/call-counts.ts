/** How often each call (by a number that identifies it) was let in and paid for. */
export type CallCounts = {
  attempts(call: number): number;
  addAttempt(call: number): void;
  /** Returns how often the call had been paid before. */
  addPaid(call: number): number;
  /** How often the call was paid. */
  paid(call: number): number;
  distinctPaid(): number;
  clear(): void;
};

const PAID_UNIT = 65_536;
const LARGEST_MAP = 16_000_000;

/** Counts of one call share a number (attempts below 65,536, payments above), since there may be millions of calls. */
export function createCallCounts(): CallCounts {
  let counts = new Map<number, number>();
  let distinctPaid = 0;
  const get = (call: number) => counts.get(call) ?? 0;
  const add = (call: number, amount: number) => {
    const before = get(call);
    // A Map holds no more than 2^24 entries: beyond that, calls not yet seen stay uncounted rather than fail.
    if (before > 0 || counts.size < LARGEST_MAP) counts.set(call, before + amount);
    return before;
  };
  return {
    attempts: (call) => get(call) % PAID_UNIT,
    addAttempt: (call) => void add(call, 1),
    addPaid(call) {
      const before = Math.floor(add(call, PAID_UNIT) / PAID_UNIT);
      if (before === 0) distinctPaid++;
      return before;
    },
    paid: (call) => Math.floor(get(call) / PAID_UNIT),
    distinctPaid: () => distinctPaid,
    clear() {
      counts = new Map();
      distinctPaid = 0;
    },
  };
}

/** The first 52 bits of a hex digest: two of a million calls share them with a chance of 1 in 9,000. */
export function callOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 13), 16);
}
