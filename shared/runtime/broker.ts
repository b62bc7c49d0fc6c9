import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { EXIT, messageOf, UserError } from "../errors.ts";
import { OLDEST_BROKER } from "../topology.ts";

/** An open connection to the broker and the JetStream views of it. */
export interface Broker {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly kvm: Kvm;
  /** Where the permissions of this user let answers come. */
  readonly inboxPrefix: string;
  /** The client's own `request`: goes on waiting when the connection breaks, for an answer that may come late. */
  readonly patientRequest: NatsConnection["request"];
  /** Calls back at each reconnect, until the returned function is called: what was published into the break is to be sent again. */
  onReconnect(wake: () => void): () => void;
  close(): Promise<void>;
}

const JETSTREAM_TIMEOUT_MS = 5000;

/**
 * Connects, and goes on reconnecting for ever once it was connected.
 * @param url nats://user:password@host:port; the user decides the inbox prefix that its permissions allow
 * @param patienceMs how long to try the first connection
 * @throws UserError (exit code 3) when there is no broker, it is too old, or it refuses the user
 */
export async function openBroker(url: string, name: string, patienceMs: number): Promise<Broker> {
  const nc = await firstConnection(url, name, patienceMs);
  try {
    refuseOldBroker(nc.info?.version ?? "0");
    return await broker(nc, inboxPrefixOf(parseUrl(url).user));
  } catch (error) {
    await nc.close();
    throw error;
  }
}

async function broker(nc: NatsConnection, inboxPrefix: string): Promise<Broker> {
  const options = { timeout: JETSTREAM_TIMEOUT_MS };
  const waiting = new Set<() => void>();
  const patientRequest = nc.request.bind(nc);
  const loseOpenRequests = failLostRequests(nc);
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type !== "reconnect") continue;
      loseOpenRequests();
      for (const wake of [...waiting]) wake();
    }
  })();
  const js = jetstream(nc, options);
  const jsm = await jetstreamManager(nc, { ...options, checkAPI: false });
  return {
    nc,
    patientRequest,
    js,
    jsm,
    kvm: new Kvm(js),
    inboxPrefix,
    onReconnect: (wake) => {
      waiting.add(wake);
      return () => waiting.delete(wake);
    },
    close: () => nc.close(),
  };
}

/**
 * The client lets a request that was under way when the connection broke wait out its time, and everything behind it
 * waits too. Here it fails when the connection is back, and whoever asked asks again.
 * @returns to be called at each reconnect
 */
function failLostRequests(nc: NatsConnection): () => void {
  const open = new Set<(error: Error) => void>();
  const send = nc.request.bind(nc);
  nc.request = (...request) => {
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    open.add(reject);
    send(...request).then(resolve, reject);
    return promise.finally(() => open.delete(reject));
  };
  return () => {
    for (const fail of [...open]) fail(new Error("disconnected: the request or its answer is lost"));
  };
}

async function firstConnection(url: string, name: string, patienceMs: number): Promise<NatsConnection> {
  const { servers, user, pass } = parseUrl(url);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await connect({
        servers,
        inboxPrefix: inboxPrefixOf(user),
        ...(user === undefined ? {} : { user }),
        ...(pass === undefined ? {} : { pass }),
        name,
        timeout: 2000,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 100,
        pingInterval: 3000,
        maxPingOut: 2,
        ignoreAuthErrorAbort: true,
        // A stack trace for each request costs more than the request.
        noAsyncTraces: true,
      });
    } catch (cause) {
      // Waiting does not mend a wrong password.
      if (performance.now() > giveUpAt || isRefusal(cause)) throw unreachable(servers, cause);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function inboxPrefixOf(user: string | undefined): string {
  return user === undefined ? "_INBOX" : `_INBOX_${user}`;
}

function parseUrl(url: string): { servers: string; user?: string; pass?: string } {
  try {
    const parsed = new URL(url);
    return {
      servers: parsed.host,
      ...(parsed.username ? { user: decodeURIComponent(parsed.username) } : {}),
      ...(parsed.password ? { pass: decodeURIComponent(parsed.password) } : {}),
    };
  } catch (cause) {
    throw new UserError("ASSAY_NATS_URL is not an address of the form nats://user:password@host:port.", {
      cause,
    });
  }
}

function isRefusal(cause: unknown): boolean {
  return /authorization violation/i.test(messageOf(cause));
}

function unreachable(servers: string, cause: unknown): UserError {
  const sentence = isRefusal(cause)
    ? `The NATS server at ${servers} refuses the user or password of ASSAY_NATS_URL: use the credentials it was started with.`
    : `No NATS server answers at ${servers}: start one with \`assay up\`, or set ASSAY_NATS_URL to where it is.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}

/** @throws UserError when the version is below the oldest that keeps our promises (see docs/decisions). */
export function refuseOldBroker(version: string): void {
  const numbers = (text: string) =>
    text
      .split(/[.-]/)
      .slice(0, 3)
      .map((part) => Number.parseInt(part, 10) || 0);
  const [have, need] = [numbers(version), numbers(OLDEST_BROKER)];
  const first = have.findIndex((part, place) => part !== need[place]);
  if (first === -1 || have[first]! > need[first]!) return;
  throw new UserError(
    `nats-server ${version} is too old: Assay needs ${OLDEST_BROKER} or newer, which syncs every write to disk; upgrade it or use \`assay up\`.`,
    { exitCode: EXIT.couldNotRun },
  );
}
