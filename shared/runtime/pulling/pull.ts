import { createInbox, type Msg } from "@nats-io/transport-node";
import { messageOf } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { log } from "../log.ts";
import { type PulledMessage, pulledMessage } from "./pulled-message.ts";

/**
 * Asks a durable consumer for messages in exact numbers. The client's own `consume` keeps a stock beside the handlers,
 * and nobody gives signs of life for what lies there: slow handlers would see it delivered a second time. Here nothing
 * comes that was not asked for, so that every message is in a handler's hands as soon as it is here.
 *
 * | what was asked for | becomes | when |
 * |---|---|---|
 * | outstanding | here | a message comes |
 * | outstanding | lapsed: to be asked for again | the broker says that it will not come, is silent for 13 s, or the connection was lost |
 * | outstanding | gone | the broker says that there is no such consumer, or no such stream |
 */
export interface Pull {
  /** Messages that were asked for and have not come yet. */
  outstanding(): number;
  ask(count: number): void;
  /** Nothing more comes when this has resolved. */
  close(): Promise<void>;
}

export interface PullEvents {
  message(message: PulledMessage): void;
  /** Some of what was asked for will not come any more: ask again. */
  lapsed(): void;
  /** The consumer or its stream does not exist. */
  gone(): void;
}

/** What came to the inbox of a pull. */
export type Arrival = "message" | "answer to an earlier generation" | "lost" | { unserved: number };

/**
 * Answers without a subject of work are the broker's own: how many of the messages that were asked for will not come, or
 * that there is nobody to ask.
 * @param answersTo the inbox's subject of this generation
 */
export function arrivalOf(
  { subject, headers }: Pick<Msg, "subject" | "headers">,
  inbox: string,
  answersTo: string,
): Arrival {
  if (!subject.startsWith(inbox)) return "message";
  if (subject !== answersTo) return "answer to an earlier generation";
  const unserved = Number(headers?.get("Nats-Pending-Messages") || Number.NaN);
  const isGone = headers?.code === 503 || /deleted/i.test(headers?.description ?? "");
  return isGone || Number.isNaN(unserved) ? "lost" : { unserved };
}

const EXPIRES_MS = 10_000;
/** Longer silence than this means that the request itself got lost. */
const LOST_AFTER_MS = EXPIRES_MS + 3_000;
const AGAIN_MS = 250;

export function openPull(broker: Broker, stream: string, durable: string, events: PullEvents): Pull {
  const inbox = createInbox(broker.inboxPrefix);
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
  let generation = 0;
  let outstanding = 0;
  let heardAtMs = performance.now();
  let closed = false;

  /** What was asked for before counts no more; late answers to it are known by their generation. */
  const forget = () => {
    if (closed) return;
    generation += 1;
    outstanding = 0;
    events.lapsed();
  };
  const afterFailure = async () => {
    if (!(await isMissing(broker, stream, durable))) setTimeout(forget, AGAIN_MS).unref();
    else if (!closed) events.gone();
  };
  const receive = (message: Msg) => {
    heardAtMs = performance.now();
    const arrival = arrivalOf(message, inbox, `${inbox}.${generation}`);
    if (arrival === "message") {
      outstanding = Math.max(0, outstanding - 1);
      events.message(pulledMessage(message));
    } else if (arrival === "lost") void afterFailure();
    else if (typeof arrival === "object") {
      outstanding = Math.max(0, outstanding - arrival.unserved);
      events.lapsed();
    }
  };
  const subscription = broker.nc.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error === null) receive(message);
      else log().error({ stream, error: messageOf(error) }, "no permission to pull work");
    },
  });
  const stopListening = broker.onReconnect(forget);
  const watch = setInterval(() => {
    if (outstanding > 0 && performance.now() - heardAtMs > LOST_AFTER_MS) forget();
  }, AGAIN_MS * 8);
  watch.unref();
  return {
    outstanding: () => outstanding,
    ask: (count) => {
      if (closed || count <= 0 || broker.nc.isClosed()) return;
      if (outstanding === 0) heardAtMs = performance.now();
      outstanding += count;
      const request = JSON.stringify({ batch: count, expires: EXPIRES_MS * 1_000_000 });
      broker.nc.publish(subject, request, { reply: `${inbox}.${generation}` });
    },
    close: async () => {
      closed = true;
      clearInterval(watch);
      stopListening();
      // Draining lets messages arrive that were sent before the broker knew that nobody listens any more.
      if (!broker.nc.isClosed()) await subscription.drain().catch(() => {});
    },
  };
}

/** True when the broker says so; while it cannot answer, the consumer is believed to exist. */
async function isMissing(broker: Broker, stream: string, durable: string): Promise<boolean> {
  try {
    await broker.jsm.consumers.info(stream, durable);
    return false;
  } catch (error) {
    return /(stream|consumer) not found/i.test(`${(error as Error)?.name} ${messageOf(error)}`);
  }
}
