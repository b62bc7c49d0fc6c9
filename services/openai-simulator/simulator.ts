import { hash } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import type { ControlRoutes } from "./control.ts";
import { createHttpServer } from "./http/http-server.ts";
import { callOf } from "./limits/call-counts.ts";
import { createMetrics } from "./metrics.ts";
import { type PartialOptions, SimulatorOptions } from "./options.ts";
import { configure, createSimulation, forgetFiles, reset } from "./simulation.ts";
import type { Stats } from "./stats.ts";

/** Where it listens; port 0 = any free one. `registry` takes the metrics where the caller has one. */
export type ListenOptions = { host?: string; port?: number; registry?: Registry };

export type Simulator = AsyncDisposable & {
  /** The base URL for clients, ending in /v1. */
  url: string;
  port: number;
  stats(): Stats;
  /** How often the call or line with this id (of `callHeader` or `batchCallId`) was paid. */
  paid(callId: string): number;
  /** Forgets counts, files and batches, and refills the limits. */
  reset(): void;
  /** Sets the given options while it runs; throws a ZodError where one is wrong. Returns the options now in force. */
  configure(partial: PartialOptions): SimulatorOptions;
  /** Steps the batch clock ahead. */
  advance(seconds: number): void;
  /** Stops listening, lets answers that are due soon go out, then ends every connection. */
  close(): Promise<void>;
};

/**
 * Starts a simulator in this process.
 * @throws UserError where the port cannot be had, ZodError where an option is wrong.
 */
export async function startSimulator(options: PartialOptions & ListenOptions = {}): Promise<Simulator> {
  const { host = "127.0.0.1", port: wantedPort = 0, registry, ...given } = options;
  const simulation = createSimulation(SimulatorOptions.parse(given), performance.now());
  const metrics = createMetrics(() => simulation.tally.counters(), registry);
  const control: ControlRoutes = {
    stats: () => simulation.tally.snapshot(performance.now(), simulation.calls.distinctPaid()),
    paid: (callId) => simulation.calls.paid(callOf(hash("sha256", callId, "hex"))),
    reset: () => reset(simulation, performance.now()),
    configure(partial) {
      configure(simulation, partial);
      return simulation.options;
    },
    metrics: () => metrics.metrics(),
    advance: (seconds) => simulation.clock.advance(seconds * 1000),
  };
  const server = createHttpServer(simulation, control);
  const port = await listen(server, host, wantedPort);
  const close = async () => {
    await stop(server, () => simulation.tally.counters().inFlight);
    forgetFiles(simulation);
  };
  const { stats, paid, reset: forget, configure: set, advance } = control;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/v1`;
  const disposable = { close, [Symbol.asyncDispose]: close };
  return { url, port, stats, paid, reset: forget, configure: set, advance, ...disposable };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, backlog: 4096 });
  try {
    await once(server, "listening");
  } catch (cause) {
    const message = `The simulator cannot listen on ${host}:${port} (${messageOf(cause)}): set ASSAY_SIMULATOR_PORT to a free port or to 0.`;
    throw new UserError(message, { cause, exitCode: EXIT.couldNotRun });
  }
  return (server.address() as AddressInfo).port;
}

const LAST_ANSWERS_MS = 300;
const LOOK_AGAIN_MS = 10;

async function stop(server: Server, inFlight: () => number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  const deadline = performance.now() + LAST_ANSWERS_MS;
  while (inFlight() > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  server.closeAllConnections();
  await closed;
}
