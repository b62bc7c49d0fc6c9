import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { enableCompileCache, getCompileCacheDir } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { SERVICE_ENVIRONMENT, SERVICE_FLAGS } from "../../shared/installation/service-flags.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { type BrokerProcess, startBroker } from "./broker.ts";
import { type Child, startChild } from "./child.ts";
import { type SimulatorProcess, startSimulator } from "./simulator.ts";

/** Names of the annotators that a bench's system knows: the simulator, and a dispatcher that answers without a call. */
export const ANNOTATOR = "simulated";
export const NOOP_ANNOTATOR = "noop";

export interface SystemOptions {
  coordinators?: number;
  dispatchers?: number;
  judges?: number;
  batchSupervisors?: number;
  simulator?: PartialOptions;
}

/** A broker and services in processes of their own, as somebody would start them by hand. */
export interface BenchSystem extends AsyncDisposable {
  /** Where datasets and outputs may lie. */
  readonly data: string;
  readonly nats: BrokerProcess;
  readonly simulator: SimulatorProcess;
  readonly coordinators: Child[];
  readonly dispatchers: Child[];
  readonly judges: Child[];
  readonly batchSupervisors: Child[];
  /** A client's connection. */
  readonly broker: Broker;
  /** The simulator's. */
  readonly annotator: Annotator;
  /** All processes that jobs go through. */
  children(): Child[];
}

// As the command does: services start faster and smaller where their code was compiled before.
enableCompileCache(join(homedir(), ".cache/assay/compiled"));

const CONNECT_MS = 15_000;
/** Beyond what any bench has in flight: the job says how many. */
const CONCURRENCY = 4096;

/** Makes the bench's temporary folder, gone at the end of the process unless it is to be kept. */
export function benchFolder(keep: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), "assay-bench-"));
  process.once("exit", () => {
    if (keep) process.stdout.write(`Kept: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  return folder;
}

/** @param folder its own, or one below the bench's; made if it is not there */
export async function startSystem(folder: string, options: SystemOptions): Promise<BenchSystem> {
  for (const part of ["data", "logs"]) mkdirSync(join(folder, part), { recursive: true });
  const children: Child[] = [];
  const killAll = () => {
    for (const child of children) child.killNow();
  };
  process.prependListener("exit", killAll);
  const nats = await startBroker(folder);
  children.push(nats);
  const simulator = await startSimulator(folder, options.simulator ?? {});
  children.push(simulator);
  await nats.ready();
  const annotators = writeAnnotators(folder, simulator.url);
  const start = (name: ServiceName, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const child = startService(folder, name, index, nats, annotators);
      children.push(child);
      return child;
    });
  const coordinators = start("coordinator", options.coordinators ?? 1);
  await Promise.all(coordinators.map((child) => child.ready()));
  const dispatchers = start("dispatcher", options.dispatchers ?? 1);
  await Promise.all(dispatchers.map((child) => child.ready()));
  const judges = start("judge", options.judges ?? 0);
  await Promise.all(judges.map((child) => child.ready()));
  const batchSupervisors = start("batch-supervisor", options.batchSupervisors ?? 0);
  await Promise.all(batchSupervisors.map((child) => child.ready()));
  const services = [...coordinators, ...dispatchers, ...judges, ...batchSupervisors];
  const broker = await openBroker(nats.url("client"), "bench", CONNECT_MS);
  return {
    data: join(folder, "data"),
    nats,
    simulator,
    coordinators,
    dispatchers,
    judges,
    batchSupervisors,
    broker,
    annotator: loadRegistry({ file: annotators }).resolve(ANNOTATOR),
    children: () => [nats, ...services],
    [Symbol.asyncDispose]: async () => {
      await broker.close();
      await Promise.all(services.map((child) => child.stop()));
      await Promise.all([simulator.stop(), nats.stop()]);
      process.removeListener("exit", killAll);
    },
  };
}

type ServiceName = Exclude<BrokerUser, "client">;

function startService(
  folder: string,
  name: ServiceName,
  index: number,
  nats: BrokerProcess,
  annotators: string,
): Child {
  const replica = `${name}-${index}`;
  return startChild({
    name: replica,
    command: process.execPath,
    args: [...SERVICE_FLAGS, moduleOf(`services/${name}/main.ts`)],
    env: {
      ...SERVICE_ENVIRONMENT,
      ...inheritedEnvironment(),
      ASSAY_NATS_URL: nats.url(name),
      ASSAY_REPLICA: replica,
      ASSAY_SUPERVISED: "1",
      ASSAY_HTTP_HOST: "127.0.0.1",
      ASSAY_HTTP_PORT: "0",
      NODE_COMPILE_CACHE: getCompileCacheDir(),
      ASSAY_ANNOTATORS: annotators,
      ASSAY_ALLOW_NOOP: "1",
      ...(name === "coordinator" ? { ASSAY_DATA_ROOTS: join(folder, "data") } : {}),
    },
    folder: join(folder, "data"),
    log: join(folder, "logs", `${replica}.log`),
  });
}

function writeAnnotators(folder: string, simulatorUrl: string): string {
  const path = join(folder, "annotators.yaml");
  const entries = {
    [ANNOTATOR]: {
      base_url: simulatorUrl,
      model: "simulated-model",
      tokenizer: "o200k_base",
      concurrency: CONCURRENCY,
      batch: true,
    },
    [NOOP_ANNOTATOR]: {
      base_url: "http://noop.invalid/v1",
      limits: { requests_per_minute: "unlimited", tokens_per_minute: "unlimited" },
      concurrency: CONCURRENCY,
    },
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify({ annotators: entries }));
  return path;
}
