import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { findNatsServer } from "../../shared/installation/nats-server.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../../shared/runtime/config.ts";
import { type Child, startChild } from "./child.ts";

const USERS = ["coordinator", "dispatcher", "batch-supervisor", "judge", "client"] as const;
export type BrokerUser = (typeof USERS)[number];

/** A private nats-server with the installation's own configuration and a store in the given folder. */
export interface BrokerProcess extends Child {
  url(user: BrokerUser): string;
}

export async function startBroker(folder: string): Promise<BrokerProcess> {
  const server = await findNatsServer((line) => process.stderr.write(`${line}\n`));
  const port = await freePort();
  // The server reads variables as values of its own syntax: a leading letter keeps one from being a number or a date.
  const passwords = new Map(USERS.map((user) => [user, `p${randomUUID()}`]));
  const variables = [...passwords].map(([user, password]) => [
    `ASSAY_${user.toUpperCase().replaceAll("-", "_")}_PASSWORD`,
    password,
  ]);
  const store = storeFolder(folder);
  const child = startChild({
    name: "nats",
    command: server,
    args: ["-c", join(packageRoot, "deploy/nats.conf"), "-a", "127.0.0.1", "-p", String(port), "-sd", store],
    env: { ...inheritedEnvironment(), ...Object.fromEntries(variables) },
    folder,
    log: join(folder, "logs", "nats.log"),
    isReady: () => greets(port),
  });
  return { ...child, url: (user) => `nats://${user}:${passwords.get(user)}@127.0.0.1:${port}` };
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
