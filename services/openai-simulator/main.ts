import { renameSync, writeFileSync } from "node:fs";
import { type Logger, pino } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { UserError } from "../../shared/errors.ts";
import { optionsOf, readSimulatorConfig, type SimulatorConfig } from "./config.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

try {
  const config = readSimulatorConfig();
  // Standard output carries one line, for whoever started the simulator; the log goes to standard error.
  const log = pino({ name: "openai-simulator", level: config.ASSAY_LOG_LEVEL }, pino.destination(2));
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { ASSAY_HTTP_HOST: host, ASSAY_SIMULATOR_PORT: port } = config;
  announce(await startSimulator({ ...optionsOf(config), host, port, registry }), config, log);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}

function announce(simulator: Simulator, config: SimulatorConfig, log: Logger): void {
  const line = `${JSON.stringify({ listening: simulator.url })}\n`;
  const file = config.ASSAY_SIMULATOR_PORT_FILE;
  if (file !== undefined) {
    writeFileSync(`${file}.new`, String(simulator.port));
    renameSync(`${file}.new`, file);
  }
  stopWhenTold(simulator, config.ASSAY_SUPERVISED, log);
  process.stdout.write(line);
  log.info({ url: simulator.url }, "listening");
}

function stopWhenTold(simulator: Simulator, supervised: boolean, log: Logger): void {
  const stop = async (reason: string) => {
    log.info({ reason, paidCalls: simulator.stats().paidCalls }, "stopping");
    await simulator.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal));
  if (supervised) process.stdin.once("close", () => void stop("the supervisor is gone")).resume();
}
