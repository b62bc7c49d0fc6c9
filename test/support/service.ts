import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import type { TestNats } from "./nats.ts";

/** A service in a process of its own; it cannot outlive the test. */
export interface TestService extends AsyncDisposable {
  readonly replica: string;
  readonly pid: number;
  readonly http: string;
  /** Everything it logged so far. */
  log(): string;
  /** The sum of a metric over its labels, or over those that contain `labels`. */
  metric(name: string, labels?: string): Promise<number>;
  signal(name: NodeJS.Signals): void;
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when it is ready. @throws with its log when it ends before that */
export async function startService(
  name: Exclude<BrokerUser, "coordinator" | "client">,
  nats: TestNats,
  environment: Record<string, string>,
): Promise<TestService> {
  const replica = environment.ASSAY_REPLICA ?? `${name}-0`;
  const main = fileURLToPath(new URL(`../../services/${name}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    stdio: ["pipe", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH,
      ASSAY_SUPERVISED: "1",
      ASSAY_NATS_URL: nats.url(name),
      ASSAY_ACK_WAIT_MS: "2000",
      ...environment,
    },
  });
  let log = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const http = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { http: string }).http));
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${log}`)));
  });
  return {
    replica,
    pid: child.pid!,
    http,
    log: () => log,
    metric: async (metric, labels = "") =>
      sumOf(await (await fetch(`${http}/metrics`)).text(), metric, labels),
    signal: (signal) => void child.kill(signal),
    kill: async () => void (await end(child, "SIGKILL")),
    stop: () => end(child, "SIGTERM"),
    [Symbol.asyncDispose]: async () => void (await end(child, "SIGKILL")),
  };
}

async function end(child: ChildProcess, name: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit");
  child.kill(name);
  const [code] = (await gone) as [number | null];
  return code;
}

function sumOf(text: string, name: string, labels: string): number {
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
