import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TestNats } from "./nats.ts";

const MAIN = fileURLToPath(new URL("../../services/coordinator/main.ts", import.meta.url));
export const GRANT_KEY = "grants-of-a-test";

export interface CoordinatorOptions {
  /** Its data root; several are separated by colons. */
  roots: string;
  replica?: string;
  /** ASSAY_... and others, beside what the test gives always. */
  environment?: Record<string, string>;
  /** Where the broker is; the server itself unless given. */
  natsUrl?: string;
}

/** A coordinator in a process of its own; it cannot outlive the test. */
export interface TestCoordinator extends AsyncDisposable {
  readonly replica: string;
  readonly pid: number;
  /** Of its health server. */
  readonly http: string;
  /** Everything it logged so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, also where it was stopped; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when it is ready. @throws with its log when it ends before that */
export async function startCoordinator(
  nats: TestNats,
  options: CoordinatorOptions,
): Promise<TestCoordinator> {
  const replica = options.replica ?? "coordinator-0";
  const child = spawnCoordinator({
    ASSAY_NATS_URL: options.natsUrl ?? nats.url("coordinator"),
    ASSAY_REPLICA: replica,
    ASSAY_DATA_ROOTS: options.roots,
    ASSAY_GRANT_KEY: GRANT_KEY,
    ...options.environment,
  });
  let log = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const http = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { http: string }).http));
    child.once("exit", (code) => reject(new Error(`the coordinator ended with ${code}: ${log}`)));
  });
  const end = async (name: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, "exit");
    child.kill(name);
    const [code] = (await gone) as [number | null];
    return code;
  };
  return {
    replica,
    pid: child.pid!,
    http,
    log: () => log,
    signal: (name) => void child.kill(name),
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}

/** Only what a service needs of the environment: keys and endpoints of whoever runs the tests stay out. */
export function spawnCoordinator(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    stdio: ["pipe", "pipe", "pipe", "ipc"],
    env: { PATH: process.env.PATH, ASSAY_SUPERVISED: "1", ...environment },
  });
}
