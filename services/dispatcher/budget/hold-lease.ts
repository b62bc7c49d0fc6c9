import type { Lease, Leases } from "../../../shared/runtime/lease.ts";

/** A lease that one replica at a time holds, with what it does while it holds it. */
export interface HeldLease<Duty> {
  /** Of this replica, where it holds the lease and may act by it. */
  duty(): Duty | undefined;
  /** Of this replica, also where another one may hold the lease by now. */
  lastDuty(): Duty | undefined;
  /** Takes part in holding it from now on. */
  takePart(): void;
  close(): Promise<void>;
}

const TRY_MS = 250;

/**
 * Holds the lease as soon as nobody else does:
 *
 * | this replica | until                                                   |
 * |--------------|---------------------------------------------------------|
 * | takes no part | `takePart`                                             |
 * | tries        | it gets the lease, or is closed                         |
 * | is on duty   | the lease is lost: it tries again; or it is closed, and lets go |
 */
export function holdLease<Duty>(
  leases: Leases,
  name: string,
  begin: (lease: Lease) => { duty: Duty; end(): void },
): HeldLease<Duty> {
  let held: { lease: Lease; duty: Duty; end(): void } | undefined;
  let takingPart = false;
  let closed = false;
  const letGo = (lease: Lease) => {
    if (held?.lease !== lease) return;
    held.end();
    held = undefined;
  };
  const tryOnce = async () => {
    const lease = await leases.tryAcquire(name).catch(() => undefined);
    if (lease && closed) await lease.release();
    else if (lease) {
      held = { lease, ...begin(lease) };
      lease.signal.addEventListener("abort", () => letGo(lease));
    }
  };
  const keepTrying = async () => {
    while (!closed) {
      if (held === undefined) await tryOnce();
      await new Promise((resolve) => setTimeout(resolve, TRY_MS).unref());
    }
  };
  return {
    duty: () => (held?.lease.valid() ? held.duty : undefined),
    lastDuty: () => held?.duty,
    takePart: () => {
      if (takingPart) return;
      takingPart = true;
      void keepTrying();
    },
    close: async () => {
      closed = true;
      const lease = held?.lease;
      if (lease) letGo(lease);
      await lease?.release();
    },
  };
}
