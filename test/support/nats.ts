import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type BrokerPasswords,
  brokerUrl,
  madePasswords,
  passwordVariables,
} from "../../shared/installation/broker-passwords.ts";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A private nats-server with JetStream and the installation's own configuration, gone with its data at the end. */
export interface TestNats extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** nats://user:password@127.0.0.1:port of one of the installation's users. */
  url(user: BrokerUser): string;
  pid(): number;
  /** SIGKILL: nothing is flushed. */
  kill(): Promise<void>;
  /** SIGTERM: it ends in good order. */
  stop(): Promise<void>;
  /** Starts it again on the same store and port. */
  start(): Promise<void>;
}

/** @param mostMb what the streams may reserve together; unless given, three quarters of what is free on the disk */
export async function startNats(mostMb?: number): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), "assay-nats-"));
  const passwords = madePasswords();
  const config = configOf(folder, mostMb);
  let server = await launch(folder, config, passwords, -1);
  const port = server.port;
  const end = async (signal: NodeJS.Signals) => {
    if (server.process.exitCode !== null || server.process.signalCode !== null) return;
    const gone = once(server.process, "exit");
    server.process.kill(signal);
    await gone;
  };
  const kill = () => end("SIGKILL");
  return {
    port,
    folder,
    url: (user) => brokerUrl(user, passwords, port),
    pid: () => server.process.pid!,
    kill,
    stop: () => end("SIGTERM"),
    start: async () => {
      server = await launch(folder, config, passwords, port);
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The installation's own, with a smaller disk where one is wanted. */
function configOf(folder: string, mostMb: number | undefined): string {
  const own = join(ROOT, "deploy/nats.conf");
  if (mostMb === undefined) return own;
  const small = join(folder, "nats.conf");
  const text = readFileSync(own, "utf8");
  writeFileSync(small, text.replace("jetstream {", `jetstream {\n  max_file_store: ${mostMb}MB`));
  return small;
}

async function launch(
  folder: string,
  config: string,
  passwords: BrokerPasswords,
  port: number,
): Promise<{ process: ChildProcess; port: number }> {
  const ports = join(folder, "ports");
  rmSync(ports, { recursive: true, force: true });
  const options = ["-c", config, "-a", "127.0.0.1", "-p", String(port)];
  const child = spawn(
    natsServer(),
    [...options, "-sd", join(folder, "data"), "--ports_file_dir", folder, "-l", join(folder, "log")],
    {
      stdio: "ignore",
      env: {
        ...process.env,
        ...passwordVariables(passwords),
      },
    },
  );
  const listening = await waitForPort(folder, child);
  return { process: child, port: listening };
}

/** The server writes its port into a file as soon as it listens. */
async function waitForPort(folder: string, child: ChildProcess): Promise<number> {
  const giveUpAt = performance.now() + 20_000;
  while (performance.now() < giveUpAt) {
    if (child.exitCode !== null)
      throw new Error(`nats-server ended: ${readFileSync(join(folder, "log"), "utf8")}`);
    const file = join(folder, `nats-server_${child.pid}.ports`);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const address = /"nats":\s*\[\s*"nats:\/\/127\.0\.0\.1:(\d+)/.exec(text);
    if (address) return Number(address[1]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill("SIGKILL");
  throw new Error(`nats-server did not listen: ${readdirSync(folder).join(" ")}`);
}

/** The one that test/tooling/require-nats-server.ts found for the whole run: new enough, wherever it is. */
function natsServer(): string {
  if (process.env.ASSAY_NATS_SERVER) return process.env.ASSAY_NATS_SERVER;
  const folders = [...(process.env.PATH ?? "").split(delimiter), join(ROOT, ".tools")];
  const found = folders.map((folder) => join(folder, "nats-server")).find((path) => existsSync(path));
  if (!found) throw new Error("nats-server is neither on PATH nor in .tools: run `make setup`.");
  return found;
}
