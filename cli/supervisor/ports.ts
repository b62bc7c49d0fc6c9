import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/** Below the ports that systems hand out for outgoing connections, so that a kept port is still free the next time. */
const FROM = 20_000;
const TO = 32_000;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

export async function choosePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, TO);
    if (await isPortFree(port)) return port;
  }
}

/** Does a NATS server greet at this port? */
export function isBrokerThere(port: number): Promise<boolean> {
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

export async function isHealthy(url: string): Promise<boolean> {
  return await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1000) }).then(
    (response) => response.ok,
    () => false,
  );
}
