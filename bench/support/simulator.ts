import { join } from "node:path";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import type { Stats } from "../../services/openai-simulator/stats.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { SERVICE_FLAGS } from "../../shared/installation/service-flags.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { freePort } from "./broker.ts";
import { type Child, startChild } from "./child.ts";

/** The simulator in a process of its own, and its control side. */
export interface SimulatorProcess extends Child {
  /** Ends in /v1. */
  readonly url: string;
  stats(): Promise<Stats>;
  /** Forgets counts and refills limits. */
  reset(): Promise<void>;
  configure(options: PartialOptions): Promise<void>;
}

/** Starts it with these options, on a port that stays the same. */
export async function startSimulator(folder: string, options: PartialOptions): Promise<SimulatorProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: string) => {
    const response = await fetch(`${origin}${path}`, { method: "POST", body });
    if (!response.ok) throw new Error(`the simulator refuses ${path}: ${await response.text()}`);
    await response.arrayBuffer();
  };
  const child = startChild({
    name: "openai-simulator",
    command: process.execPath,
    args: [...SERVICE_FLAGS, moduleOf("services/openai-simulator/main.ts")],
    env: { ...inheritedEnvironment(), ASSAY_SIMULATOR_PORT: String(port), ASSAY_SUPERVISED: "1" },
    folder,
    log: join(folder, "logs", "openai-simulator.log"),
    isReady: () =>
      fetch(`${origin}/readyz`).then(
        (response) => response.ok,
        () => false,
      ),
  });
  await child.ready();
  const simulator = {
    ...child,
    url: `${origin}/v1`,
    stats: async () => (await (await fetch(`${origin}/simulator/stats`)).json()) as Stats,
    reset: () => post("/simulator/reset", ""),
    configure: (changed: PartialOptions) => post("/simulator/configure", JSON.stringify(changed)),
  };
  await simulator.configure(options);
  return simulator;
}
