import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UserError } from "../../shared/errors.ts";
import { brokerUrl } from "../../shared/installation/broker-passwords.ts";
import { findNatsServer } from "../../shared/installation/nats-server.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { readCliConfig } from "../config.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { onInterrupt } from "../jobs/interrupt.ts";
import { createHome, homeAt } from "../supervisor/home.ts";
import { openLogFile } from "../supervisor/log-file.ts";
import { readSecrets } from "../supervisor/secrets.ts";
import { runningState } from "../supervisor/state.ts";
import { alreadyRunning, startSystem } from "../supervisor/system.ts";
import { parseReplicas } from "../system/parse-replicas.ts";
import { print, tell } from "../view/terminal.ts";

interface UpFlags {
  detach?: boolean;
  replicas?: string;
  port?: string;
  metricsPort?: string;
  simulator?: boolean;
  annotators?: string;
}

export function addUp(program: AssayCommand): void {
  program
    .command("up")
    .summary("start a broker and all services here")
    .description(
      "Starts a private broker and all services, and starts them again whenever they end.\nCtrl-C stops them cleanly; jobs go on at the next start.",
    )
    .option("--detach", "return when the system is ready, and leave it running")
    .option("--replicas <list>", "how many of a service, such as dispatcher=2,coordinator=2")
    .option("--port <number>", "the broker's port; 0: any (default: the one of last time)")
    .option(
      "--metrics-port <number>",
      "first of the ports where the services serve /metrics, one each in the order of `assay status` (default: any)",
    )
    .option("--simulator", "start the OpenAI simulator too, and send OpenAI's models there")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
    .action(async (flags: UpFlags) => {
      if (readCliConfig().natsUrl !== undefined)
        tell(
          "ASSAY_NATS_URL is set: other commands use the system that it names, unless they are run without it.",
        );
      if (!flags.detach) process.exitCode = await upHere(flags);
      else print(await upDetached(flags));
    });
}

async function upHere(flags: UpFlags): Promise<number> {
  const config = readCliConfig();
  const stop = onInterrupt();
  try {
    const system = await startSystem({
      home: homeAt(config.home),
      dataRoot: process.cwd(),
      replicas: parseReplicas(flags.replicas),
      port: parsePort("port", flags.port),
      metricsPort: parsePort("metrics-port", flags.metricsPort),
      simulator: flags.simulator ?? false,
      annotators: findAnnotatorsFile(config, flags.annotators),
      forOneJob: false,
      said: tell,
    });
    try {
      await Promise.race([system.ready, stop.requested]);
      if (!stop.wanted()) {
        tell("Ready. `assay status --json` shows where the broker is; Ctrl-C stops the system.");
        process.send?.({ ready: true });
      }
      await stop.requested;
      tell("Stopping; once more Ctrl-C stops at once.");
    } finally {
      stop.again(() => system.hurry());
      await system.stop();
    }
    tell("Stopped.");
    return 0;
  } catch (error) {
    if (error instanceof UserError) process.send?.({ failed: error.message, exitCode: error.exitCode });
    throw error;
  }
}

/**
 * Starts the same command without `--detach`, in a session of its own, and waits until it says that it is ready.
 * @returns what a client connects to
 */
export async function upDetached(flags: UpFlags): Promise<string> {
  const home = homeAt(readCliConfig().home);
  if (runningState(home)) throw alreadyRunning(home);
  await createHome(home);
  const server = await findNatsServer(tell);
  const log = openLogFile(join(home.logs, "supervisor.log"));
  const child = spawn(process.execPath, [moduleOf("cli/main.ts"), "up", ...withoutDetach(flags)], {
    env: { ...inheritedEnvironment(), ASSAY_NATS_SERVER: server },
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const interrupt = onInterrupt();
  void interrupt.requested.then(() => child.kill("SIGTERM"));
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message: { ready?: true; failed?: string; exitCode?: 2 | 3 }) => {
      if (message.ready) resolve();
      else if (message.failed) reject(new UserError(message.failed, { exitCode: message.exitCode ?? 3 }));
    });
    child.on("error", (cause) => reject(new UserError(messageOf(cause), { cause, exitCode: 3 })));
    child.on("exit", () =>
      reject(
        new UserError(`The system ended at once: see ${join(home.logs, "supervisor.log")}.`, { exitCode: 3 }),
      ),
    );
  });
  child.disconnect();
  child.unref();
  return brokerUrl("client", readSecrets(home)!.passwords, runningState(home)!.ports.nats!);
}

function withoutDetach({ detach: _, ...flags }: UpFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) =>
    value === true ? [flagOf(name)] : [flagOf(name), String(value)],
  );
}

const flagOf = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function parsePort(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UserError(`--${name} is ${JSON.stringify(text)}: give a number from 0 to 65535.`);
}
