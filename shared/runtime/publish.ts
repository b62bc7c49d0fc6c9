import { JetStreamApiError } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { Contract, Token } from "../contracts/contract.ts";
import { messageOf } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { encode } from "./messages.ts";

/** What became of a message that should be stored. */
export type Stored =
  | { outcome: "stored"; seq: number; duplicate: boolean }
  /** The stream holds as much as it may: try again when somebody has taken something out. */
  | { outcome: "full" }
  /** The stream does not exist (any more): the work ended. */
  | { outcome: "gone" }
  /** The stream's last sequence is not the expected one: somebody else writes, or an earlier publish did arrive. */
  | { outcome: "wrong_sequence" };

export interface PublishOptions {
  /** Equal ids within two minutes are one message. */
  msgId?: string;
  /** The stream must end with this sequence. */
  lastSequence?: number;
  traceparent?: string;
  signal?: AbortSignal;
}

const STREAM_FULL = [10047, 10077, 10122];
const WRONG_LAST_SEQUENCE = [10071, 10164];
const PUBLISH_TIMEOUT_MS = 5000;

/**
 * Publishes until the broker says what became of it: resent under the same message id when the connection comes back
 * or the answer does not come. Without a message id and without an expected sequence a resent message may be stored twice.
 */
export async function publishDurably<Body, Address extends Token[]>(
  broker: Broker,
  contract: Contract<Body, Address>,
  address: Address,
  body: Body,
  options: PublishOptions = {},
): Promise<Stored> {
  return await publishBytes(broker, contract.subject(...address), encode(body), options);
}

async function publishBytes(
  broker: Broker,
  subject: string,
  data: Uint8Array,
  options: PublishOptions,
): Promise<Stored> {
  for (;;) {
    options.signal?.throwIfAborted();
    const attempt = await attemptPublish(broker, subject, data, options);
    if (attempt === "no_responders") {
      // While the broker starts nobody listens either: only its word that there is no such stream counts.
      if (await hasNoStream(broker, subject)) return { outcome: "gone" };
      await pause(250);
    } else if (attempt !== "unknown") {
      return attempt;
    }
  }
}

async function attemptPublish(
  broker: Broker,
  subject: string,
  data: Uint8Array,
  options: PublishOptions,
): Promise<Stored | "unknown" | "no_responders"> {
  const messageHeaders = headers();
  if (options.traceparent !== undefined) messageHeaders.set("traceparent", options.traceparent);
  const acked = broker.js
    .publish(subject, data, {
      timeout: PUBLISH_TIMEOUT_MS,
      retries: 0,
      headers: messageHeaders,
      ...(options.msgId === undefined ? {} : { msgID: options.msgId }),
      ...(options.lastSequence === undefined ? {} : { expect: { lastSequence: options.lastSequence } }),
    })
    .then(
      (ack): Stored => ({ outcome: "stored", seq: ack.seq, duplicate: ack.duplicate }),
      (error: unknown) => classify(error),
    );
  return await new Promise((resolve, reject) => {
    const forget = broker.onReconnect(() => resolve("unknown"));
    acked.then(resolve, reject).finally(forget);
  });
}

async function hasNoStream(broker: Broker, subject: string): Promise<boolean> {
  try {
    await broker.jsm.streams.find(subject);
    return false;
  } catch (error) {
    return /no stream matches/i.test(messageOf(error));
  }
}

function classify(error: unknown): Stored | "unknown" | "no_responders" {
  if (error instanceof JetStreamApiError) {
    if (STREAM_FULL.includes(error.code)) return { outcome: "full" };
    if (WRONG_LAST_SEQUENCE.includes(error.code)) return { outcome: "wrong_sequence" };
    if (error.code === 10059) return { outcome: "gone" };
    return "unknown";
  }
  const name = (error as Error)?.name;
  if (name === "JetStreamNotEnabled" || name === "NoRespondersError") return "no_responders";
  const text = String(error);
  if (/no responders/i.test(text)) return "no_responders";
  if (/connection closed|closed connection|draining/i.test(text)) throw error;
  return "unknown";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
