import { collectDefaultMetrics } from "prom-client";
import { z } from "zod";
import type { RouteWait } from "../../contracts/service-pulse.ts";
import { EXIT, messageOf, UserError } from "../../errors.ts";
import { type Broker, openBroker } from "../broker.ts";
import { keepOutOfLogs, log, openLog } from "../log.ts";
import { beat } from "./beat.ts";
import { readConfig } from "./config.ts";
import { openHealthServer } from "./health-server.ts";
import { useProxies } from "./proxies.ts";
import { reportService } from "./report-service.ts";
import { openTracing } from "./trace.ts";

/** What every service reads from its environment. */
const RuntimeConfig = z.object({
  ASSAY_NATS_URL: z.string({ error: "nats://user:password@host:port of the broker is missing" }),
  ASSAY_REPLICA: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, "letters, digits, - and _ only")
    .optional(),
  ASSAY_HTTP_HOST: z.string().default("127.0.0.1"),
  ASSAY_HTTP_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  ASSAY_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  ASSAY_SUPERVISED: z.enum(["0", "1"]).default("0"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
});

/** What a service is given when it starts. */
export interface Runtime {
  /** The service's: also that of its durable consumers. */
  readonly name: string;
  readonly broker: Broker;
  readonly replica: string;
  /** Aborts when the service must stop. */
  readonly stopping: AbortSignal;
}

/** A running service, in the hands of the runtime. */
export interface Running {
  /** Does it do its work now? */
  ready(): boolean;
  /** What it waits for, where a person would ask why a job does not get on. */
  waits?(): RouteWait[];
  /** Takes no new work, finishes or hands back what it holds. Called once; given 10 s. */
  drain(): Promise<void>;
}

export interface Service<Config extends z.ZodObject> {
  /** = folder = durable = log name = helm key. */
  name: string;
  config: Config;
  start(config: z.infer<Config>, runtime: Runtime): Promise<Running>;
}

const FIRST_CONNECTION_MS = 15_000;
const DRAIN_MS = 10_000;

/** Runs a service until SIGTERM, SIGINT, or its supervisor's end; exits the process with a code that says how it went. */
export async function run<Config extends z.ZodObject>(service: Service<Config>): Promise<void> {
  try {
    await start(service);
  } catch (error) {
    if (!(error instanceof UserError)) {
      log().fatal({ err: error }, "could not start");
      process.exit(EXIT.couldNotRun);
    }
    process.stderr.write(`${service.name}: ${error.message}\n`);
    process.exit(error.exitCode);
  }
}

async function start<Config extends z.ZodObject>(service: Service<Config>): Promise<void> {
  // Both at once, so that all that is wrong is named at once.
  readConfig(z.object({ ...RuntimeConfig.shape, ...service.config.shape }));
  const config = readConfig(RuntimeConfig);
  const own = readConfig(service.config) as z.infer<Config>;
  const replica = config.ASSAY_REPLICA ?? `${service.name}-0`;
  openLog(service.name, replica, config.ASSAY_LOG_LEVEL);
  keepSecretsOut(config, own as Record<string, unknown>);
  crashOnBugs();
  await useProxies();
  const stopTracing = await openTracing(service.name, config.OTEL_EXPORTER_OTLP_ENDPOINT);
  collectDefaultMetrics();
  const broker = await openBroker(config.ASSAY_NATS_URL, replica, FIRST_CONNECTION_MS);
  const stopping = new AbortController();
  let running: Running | undefined;
  const isReady = () => running !== undefined && !broker.nc.isClosed() && running.ready();
  const health = await openHealthServer(config.ASSAY_HTTP_HOST, config.ASSAY_HTTP_PORT, isReady);
  const state = () => (stopping.signal.aborted ? "stopping" : isReady() ? "ready" : "starting");
  reportService(broker, { name: service.name, replica, http: health.url }, state);
  beat(broker, { service: service.name, replica }, () => running?.waits?.() ?? []);
  running = await service.start(own, { name: service.name, broker, replica, stopping: stopping.signal });
  // Until the broker knows the subscriptions, a question of somebody who heard "ready" would find nobody. A connection that breaks
  // meanwhile brings them along when it is back.
  await broker.nc.flush().catch(() => {});
  log().info({ http: health.url }, "ready");
  process.send?.({ ready: true, http: health.url });

  const stop = async (why: string) => {
    if (stopping.signal.aborted) return;
    log().info({ why }, "stopping");
    stopping.abort();
    setTimeout(() => process.exit(EXIT.couldNotRun), DRAIN_MS).unref();
    await running.drain().catch((error: unknown) => log().error({ err: error }, "draining failed"));
    await stopTracing().catch(() => {});
    await broker.close().catch(() => {});
    await health.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
  if (config.ASSAY_SUPERVISED === "1") exitWithSupervisor(stop);
}

/** The supervisor holds the other end of standard input: when it dies, however, the pipe closes. */
function exitWithSupervisor(stop: (why: string) => Promise<void>): void {
  process.stdin.resume();
  process.stdin.on("end", () => void stop("the supervisor is gone"));
  process.stdin.on("error", () => void stop("the supervisor is gone"));
}

function keepSecretsOut(...configs: Record<string, unknown>[]): void {
  for (const [name, value] of configs.flatMap(Object.entries)) {
    if (typeof value !== "string") continue;
    if (/KEY|TOKEN|SECRET|PASSWORD/.test(name)) keepOutOfLogs(value);
    if (name === "ASSAY_NATS_URL" && URL.canParse(value)) keepOutOfLogs(new URL(value).password);
  }
}

/** A bug ends the process: its supervisor starts a clean one, and the broker still has all of its work. */
function crashOnBugs(): void {
  const crash = (error: unknown) => {
    log().fatal({ err: error, message: messageOf(error) }, "unexpected fault");
    process.exit(70);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
