import type { Contract } from "../../contracts/contract.ts";
import { messageOf } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { log } from "../log.ts";
import { decode } from "../messages.ts";
import { bury } from "./dead-letters.ts";
import { fateOf } from "./fate.ts";
import { openPull } from "./pull.ts";
import type { PulledMessage } from "./pulled-message.ts";

/** One message of a work stream, in the hands of a handler. It is kept alive until the handler's promise settles. */
export interface WorkMessage<Body> {
  readonly body: Body;
  /** 1 at the first delivery; starts again at 1 when the broker was killed. */
  readonly deliveries: number;
  readonly seq: number;
  readonly traceparent: string | undefined;
  readonly bytes: number;
  readonly subject: string;
  header(name: string): string | undefined;
}

export interface WorkOptions<Body> {
  contract: Pick<Contract<Body, never>, "schema">;
  /** Reads the body; as messages are encoded unless given. */
  read?: (data: Uint8Array) => Body;
  stream: string;
  durable: string;
  /** Messages in hand at most: as a function it is asked again at each change, and after `wake`. */
  concurrency: number | (() => number);
  /** Must be the consumer's own; a sign of life is given three times in it. */
  ackWaitMs: number;
  /**
   * Resolves: the message is acked. Throws TerminalError: dead letter, never delivered again. Throws RetryableError:
   * delivered again after its wait. Anything else is a bug: delivered again with a growing wait.
   */
  handle: (message: WorkMessage<Body>) => Promise<void>;
  /** Of the only reader of a consumer: deliveries before this one got lost on their way; nothing more is taken. */
  onGap?: () => void;
}

export interface Work {
  /** More may be taken than before: ask `concurrency` again. */
  wake(): void;
  /** Takes no further message, waits for running handlers; what arrives meanwhile goes back to the stream at once. */
  stop(): Promise<void>;
  /** `gone`: the stream or its consumer was deleted; handlers that run may still be running. */
  readonly ended: Promise<"stopped" | "gone">;
}

/** Pulls messages of a durable consumer and hands them to `handle`; never holds one that no handler has. */
export function consumeWork<Body>(broker: Broker, options: WorkOptions<Body>): Work {
  const { concurrency } = options;
  const limit = typeof concurrency === "function" ? concurrency : () => concurrency;
  const running = new Set<Promise<void>>();
  const { promise: ended, resolve: end } = Promise.withResolvers<"stopped" | "gone">();
  let stopping = false;
  let delivered = 0;

  const topUp = () => {
    if (stopping) return;
    const most = limit();
    const inHand = running.size + pull.outstanding();
    // Few and larger requests: a new one is worth it when a quarter of the room is free, or nothing is on the way.
    if (most - inHand >= Math.max(1, most / 4) || (pull.outstanding() === 0 && most > inHand))
      pull.ask(most - inHand);
  };
  const pull = openPull(broker, options.stream, options.durable, {
    message: (message) => {
      if (options.onGap !== undefined && message.order !== ++delivered && !stopping) {
        stopping = true;
        options.onGap();
      }
      if (stopping) return message.nak(0);
      const handled = handleOne(broker, message, options).finally(() => {
        running.delete(handled);
        topUp();
      });
      running.add(handled);
      topUp();
    },
    lapsed: topUp,
    gone: () => {
      stopping = true;
      void pull.close();
      end("gone");
    },
  });
  topUp();

  return {
    ended,
    wake: topUp,
    stop: async () => {
      stopping = true;
      await pull.close();
      await Promise.allSettled([...running]);
      end("stopped");
    },
  };
}

async function handleOne<Body>(
  broker: Broker,
  message: PulledMessage,
  options: WorkOptions<Body>,
): Promise<void> {
  const alive = setInterval(() => message.working(), options.ackWaitMs / 3);
  try {
    const body = options.read?.(message.data) ?? decode(options.contract.schema, message.data);
    await options.handle({
      body,
      deliveries: message.deliveries,
      seq: message.seq,
      traceparent: message.header("traceparent"),
      bytes: message.data.length,
      subject: message.subject,
      header: (name) => message.header(name),
    });
    message.ack();
  } catch (error) {
    await settle(broker, message, error);
  } finally {
    clearInterval(alive);
  }
}

async function settle(broker: Broker, message: PulledMessage, error: unknown): Promise<void> {
  const fate = fateOf(error, message.deliveries);
  if (fate.kind === "dead") {
    try {
      await bury(broker, { subject: message.subject, reason: fate.reason, data: message.data });
      message.term(fate.reason.slice(0, 200));
    } catch (cause) {
      log().warn(
        { subject: message.subject, error: messageOf(cause) },
        "a dead letter was not stored; it comes again",
      );
      message.nak(1000);
    }
    return;
  }
  if (fate.bug)
    log().error({ err: error, subject: message.subject }, "a handler failed; the message comes again");
  message.nak(fate.waitMs);
}
