import { EXIT, UserError } from "../../shared/errors.ts";
import { brokerUrl } from "../../shared/installation/broker-passwords.ts";
import { findNatsServer } from "../../shared/installation/nats-server.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { brokerPlan } from "./broker.ts";
import { type ChildPlan, type SupervisedChild, superviseChild } from "./child.ts";
import { startGuard } from "./guard.ts";
import { createHome, type Home } from "./home.ts";
import { stopLeftovers } from "./leftovers.ts";
import { type Lock, tryLock } from "./lock.ts";
import { MEMBERS, type Member, type MemberContext } from "./members.ts";
import { identityOf } from "./process-identity.ts";
import { requireDisk } from "./require-disk.ts";
import { ensureSecrets, type Secrets } from "./secrets.ts";
import { choosePorts, replicasOf, servicePlan } from "./service-plan.ts";
import { runningState, writeState } from "./state.ts";
import { openPhase, type Phase } from "./system-phase.ts";

export interface SystemOptions {
  home: Home;
  /** The folder below which bare messages may read and write. */
  dataRoot: string;
  /** How many of a service; by its name. */
  replicas: Record<string, number>;
  /** The broker's port; null: the one of last time, or any. */
  port: number | null;
  /** The first of the ports where the services serve their metrics, one behind the other; null: any. */
  metricsPort?: number | null;
  simulator: boolean;
  annotators: string | undefined;
  logLevel?: string | undefined;
  forOneJob: boolean;
  /** A broker and a coordinator that answers questions about jobs; no other command uses it. */
  onlyAnswers?: boolean;
  said: (line: string) => void;
}

/** A broker and its services, supervised by this process. */
export interface System {
  /** For a client. */
  url: string;
  secrets: Secrets;
  /** Resolves when all services are ready. @throws UserError when one can never be */
  ready: Promise<void>;
  /** Services first, the broker last. */
  stop(): Promise<void>;
  /** While `stop` waits: does not let the services finish. */
  hurry(): void;
}

const SERVICE_GRACE_MS = 10_500;
const BROKER_GRACE_MS = 10_000;

/**
 * Starts the system of a home. @throws UserError (exit code 3) when another process has one there, no broker can be had,
 * or a port is taken
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { home } = options;
  await createHome(home);
  const lock = tryLock(home.lock);
  if (lock === undefined) throw alreadyRunning(home);
  try {
    await requireDisk(home.natsData);
    const [server] = await Promise.all([findNatsServer(options.said), stopLeftovers(home, options.said)]);
    const members = MEMBERS.filter((member) => isWanted(member, options));
    const ports = await choosePorts(home, members, options.port);
    return launch(options, lock, server, members, ports);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The simulator serves its metrics where it serves all else. */
function httpPortsOf(
  members: readonly Member[],
  { metricsPort, replicas }: SystemOptions,
): ReadonlyMap<string, number> {
  if (metricsPort == null) return new Map();
  const named = members.filter(({ portVariable }) => portVariable === undefined);
  const all = named.flatMap((member) => replicasOf(member, replicas));
  return new Map(all.map((replica, place) => [replica, metricsPort + place]));
}

function isWanted({ name, always }: Member, { simulator, onlyAnswers }: SystemOptions): boolean {
  if (onlyAnswers) return name === "coordinator";
  return always || (simulator && name === "openai-simulator");
}

/** Another process has the lock of this home. */
export class AlreadyRunning extends UserError {
  override name = "AlreadyRunning";
}

export function alreadyRunning(home: Home): AlreadyRunning {
  const pid = runningState(home)?.supervisor.pid;
  const who =
    pid === undefined
      ? "Another process is starting or ending a system"
      : `A system runs already (pid ${pid})`;
  const sentence = `${who} in ${home.folder}: use it, end it with \`assay down\`, or set ASSAY_HOME to another folder.`;
  return new AlreadyRunning(sentence, { exitCode: EXIT.couldNotRun });
}

function launch(
  options: SystemOptions,
  lock: Lock,
  server: string,
  members: Member[],
  ports: Record<string, number>,
): System {
  const { home, dataRoot, forOneJob } = options;
  const supervisor = identityOf(process.pid)!;
  const secrets = ensureSecrets(home);
  const level = options.logLevel ? { ASSAY_LOG_LEVEL: options.logLevel } : {};
  const inherited = { ...inheritedEnvironment(), ...level };
  const context = memberContext(options, members, secrets, ports);
  let children: SupervisedChild[] = [];
  const phase = openPhase(
    () => children.map((child) => child.state),
    (now, [nats, ...services]) => {
      writeState(home, {
        supervisor,
        // One that takes no jobs is never ready for others: they wait until it is gone.
        phase: options.onlyAnswers && now === "ready" ? "starting" : now,
        forOneJob,
        dataRoot,
        annotators: options.annotators ?? null,
        ports,
        nats: nats!,
        services,
      });
    },
  );
  const start = (plan: ChildPlan) =>
    superviseChild(plan, {
      changed: phase.changed,
      said: options.said,
      unable: (code, times, sentence) => phase.unable(plan.name, code, times, sentence),
    });
  const dismissGuard = startGuard(home, inherited);
  const broker = start(brokerPlan(home, server, ports.nats!, secrets, inherited));
  const services = members.flatMap((member) =>
    replicasOf(member, options.replicas).map((replica) =>
      start(servicePlan(member, replica, home, context, inherited)),
    ),
  );
  children = [broker, ...services];
  phase.changed();
  // However this process ends, its broker must not stay behind; after a kill the guard sees to it.
  process.once("exit", () => broker.endNow("SIGTERM"));
  return {
    url: brokerUrl("client", secrets.passwords, ports.nats!),
    secrets,
    ready: phase.ready,
    stop: stopOnce(broker, services, phase.enter, async () => {
      await dismissGuard();
      lock.release();
    }),
    hurry: () => {
      for (const service of services) service.endNow("SIGKILL");
    },
  };
}

function memberContext(
  options: SystemOptions,
  members: readonly Member[],
  secrets: Secrets,
  ports: Record<string, number>,
): MemberContext {
  const { dataRoot, annotators, onlyAnswers = false } = options;
  const names = new Set(members.map(({ name }) => name));
  const httpPorts = httpPortsOf(members, options);
  return { secrets, ports, dataRoot, home: options.home.folder, annotators, onlyAnswers, httpPorts, names };
}

function stopOnce(
  broker: SupervisedChild,
  services: SupervisedChild[],
  enter: (phase: Phase) => void,
  release: () => Promise<void>,
): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= (async () => {
      enter("stopping");
      await Promise.all(services.map((service) => service.stop(SERVICE_GRACE_MS)));
      await broker.stop(BROKER_GRACE_MS);
      enter("stopped");
      await release();
    })();
    return stopped;
  };
}
