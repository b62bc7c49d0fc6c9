/** The sum of what was added in about the last five seconds. */
export interface RollingSum {
  readonly slots: Float64Array;
  slot: number;
  readonly startedMs: number;
}

const SLOT_MS = 250;
const SLOTS = 20;
const LEAST_MS = 1_000;

export function emptySum(nowMs: number): RollingSum {
  return { slots: new Float64Array(SLOTS), slot: Math.floor(nowMs / SLOT_MS), startedMs: nowMs };
}

export function add(sum: RollingSum, amount: number, nowMs: number): void {
  advance(sum, nowMs);
  const place = sum.slot % SLOTS;
  sum.slots[place] = sum.slots[place]! + amount;
}

/** What the last seconds would come to in a minute. */
export function perMinute(sum: RollingSum, nowMs: number): number {
  advance(sum, nowMs);
  const total = sum.slots.reduce((all, slot) => all + slot, 0);
  const spanMs = Math.min(
    (SLOTS - 1) * SLOT_MS + (nowMs % SLOT_MS),
    Math.max(LEAST_MS, nowMs - sum.startedMs),
  );
  return Math.max(0, (total / spanMs) * 60_000);
}

function advance(sum: RollingSum, nowMs: number): void {
  const slot = Math.floor(nowMs / SLOT_MS);
  if (slot - sum.slot >= SLOTS) sum.slots.fill(0);
  else for (let next = sum.slot + 1; next <= slot; next++) sum.slots[next % SLOTS] = 0;
  sum.slot = Math.max(sum.slot, slot);
}
