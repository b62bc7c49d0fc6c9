import { openBroker } from "../../shared/runtime/broker.ts";
import { openLeases } from "../../shared/runtime/lease.ts";

/** A process that wants a lease: tells its parent when it has it and when it lost it, and lets go when told to. */
const [, , url, replica, ttlMs, key] = process.argv;
const broker = await openBroker(url!, replica!, 5000);
const leases = await openLeases(broker, replica!, Number(ttlMs));
for (;;) {
  const lease = await leases.tryAcquire(key!);
  if (lease === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    continue;
  }
  process.send!({ has: lease.term });
  process.once("message", () => void lease.release());
  await new Promise<void>((resolve) =>
    lease.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  process.send!({ lost: lease.term });
  break;
}
