import type { Msg } from "@nats-io/transport-node";

/** A message of a durable consumer, with JetStream's answers to it. */
export interface PulledMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Sequence in the stream. */
  readonly seq: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** Number of this delivery among all of its consumer, from 1 on. */
  readonly order: number;
  header(name: string): string | undefined;
  ack(): void;
  /** Give it again, to anybody, after that time. */
  nak(waitMs: number): void;
  /** Sign of life: the time in which it must be acked starts anew. */
  working(): void;
  /** Never give it again. */
  term(reason: string): void;
}

/**
 * Of what is given back at once, too: only with a wait the broker writes down that the message is free. Without one it
 * remembers that in memory, and after its restart the message would lie for the rest of its ack wait.
 */
const LEAST_WAIT_MS = 1;

/** Reads the reply subject, $JS.ACK[.domain.account].stream.consumer.deliveries.sequence.(...), as the server writes it. */
export function pulledMessage(message: Msg): PulledMessage {
  const tokens = (message.reply ?? "").split(".");
  const first = tokens.length > 9 ? 6 : 4;
  return {
    subject: message.subject,
    data: message.data,
    deliveries: Number(tokens[first]),
    seq: Number(tokens[first + 1]),
    order: Number(tokens[first + 2]),
    header: (name) => message.headers?.get(name) || undefined,
    ack: () => void message.respond("+ACK"),
    nak: (waitMs) =>
      void message.respond(`-NAK {"delay":${Math.round(Math.max(LEAST_WAIT_MS, waitMs) * 1e6)}}`),
    working: () => void message.respond("+WPI"),
    term: (reason) => void message.respond(`+TERM ${reason}`),
  };
}
