import { messageOf, UserError } from "../../shared/errors.ts";
import type { Home } from "./home.ts";
import { isAlive, isGoneWithin, type ProcessIdentity, processesWith, signal } from "./process-identity.ts";
import { readState } from "./state.ts";

const DRAIN_MS = 11_000;
const BROKER_END_MS = 10_000;

/**
 * Ends what a supervisor that was killed left behind, so that no second broker ever works on one store. Its services
 * saw their pipe close and are draining: they are given their time, while their broker still takes what they have.
 * The broker is found by its store, not by a record: one may have been started just before the kill.
 * Only the holder of the home's lock may call this.
 */
export async function stopLeftovers(home: Home, said: (line: string) => void): Promise<void> {
  const services = servicesOf(home);
  const brokers = brokersOn(home);
  if (services.length + brokers.length === 0) return;
  said("Ending what an earlier system left behind ...");
  await Promise.all(services.map((service) => end(service, "SIGTERM", DRAIN_MS)));
  await Promise.all(brokers.map((broker) => end(broker, "SIGTERM", BROKER_END_MS)));
}

/** Resolves when the services of a supervisor that is gone have ended, or have had their time. */
export async function drained(home: Home): Promise<void> {
  await Promise.all(servicesOf(home).map((service) => isGoneWithin(service, DRAIN_MS)));
}

/** Those that live of the last supervisor's services. */
function servicesOf(home: Home): ProcessIdentity[] {
  return (readState(home)?.services ?? []).map((service) => service.process).filter(isAlive);
}

export function brokersOn(home: Home): ProcessIdentity[] {
  return processesWith((args) => args.includes(home.natsData) && args.includes("-sd"));
}

async function end(process: ProcessIdentity, first: NodeJS.Signals, patienceMs: number): Promise<void> {
  try {
    // A stopped process takes no signal but SIGKILL before it goes on.
    signal(process, first);
    signal(process, "SIGCONT");
    if (await isGoneWithin(process, patienceMs)) return;
    signal(process, "SIGKILL");
    if (await isGoneWithin(process, patienceMs)) return;
    throw new Error("it does not end");
  } catch (cause) {
    const sentence = `Process ${process.pid} of an earlier system cannot be ended (${messageOf(cause)}): end it, then start again.`;
    throw new UserError(sentence, { cause, exitCode: 3 });
  }
}
