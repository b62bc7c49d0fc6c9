import { type ServicePulse, servicePulse } from "../../../shared/contracts/service-pulse.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { decode } from "../../../shared/runtime/messages.ts";

/** A pulse and when it was felt, in Unix milliseconds. */
export interface FeltPulse extends ServicePulse {
  atMs: number;
}

/** The last pulse of each replica of all services, since this process listens. */
export interface Pulses {
  readonly sinceMs: number;
  last(): FeltPulse[];
  stop(): void;
}

const FORGOTTEN_MS = 60 * 60 * 1000;

export function listenToPulses(broker: Broker): Pulses {
  const felt = new Map<string, FeltPulse>();
  const subscription = broker.nc.subscribe(servicePulse.subject("*"), {
    callback: (error, message) => {
      if (error !== null) return;
      try {
        const pulse = decode(servicePulse.schema, message.data);
        felt.set(`${pulse.service}/${pulse.replica}`, { ...pulse, atMs: Date.now() });
      } catch {
        // Of another version: it says nothing that we could show.
      }
    },
  });
  return {
    sinceMs: Date.now(),
    last: () => {
      for (const [who, { atMs }] of felt) if (Date.now() - atMs > FORGOTTEN_MS) felt.delete(who);
      return [...felt.values()];
    },
    stop: () => subscription.unsubscribe(),
  };
}
