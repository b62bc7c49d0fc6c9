import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { brokerUrl, madePasswords, passwordVariables } from "../../shared/installation/broker-passwords.ts";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import { findNatsServer } from "../../shared/installation/nats-server.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { type Child, startChild } from "./child.ts";

/** A private nats-server with the installation's own configuration and a store in the given folder. */
export interface BrokerProcess extends Child {
  url(user: BrokerUser): string;
}

export async function startBroker(folder: string): Promise<BrokerProcess> {
  const server = await findNatsServer((line) => process.stderr.write(`${line}\n`));
  const port = await freePort();
  const passwords = madePasswords();
  const store = storeFolder(folder);
  const child = startChild({
    name: "nats",
    command: server,
    args: ["-c", join(packageRoot, "deploy/nats.conf"), "-a", "127.0.0.1", "-p", String(port), "-sd", store],
    env: { ...inheritedEnvironment(), ...passwordVariables(passwords) },
    folder,
    log: join(folder, "logs", "nats.log"),
    isReady: () => greets(port),
  });
  return { ...child, url: (user) => brokerUrl(user, passwords, port) };
}

function storeFolder(folder: string): string {
  const store = join(folder, "nats");
  mkdirSync(store, { recursive: true });
  return store;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve()),
  );
  const address = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

/** Does a NATS server greet at this port? */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (there: boolean) => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (greeting) => end(greeting.toString("latin1").startsWith("INFO ")));
  });
}
