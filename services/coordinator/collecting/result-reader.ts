import { type ResultChunk, resultsMade } from "../../../shared/contracts/result-chunk.ts";
import { messageOf, RetryableError } from "../../../shared/errors.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { log } from "../../../shared/runtime/log.ts";
import { patiently } from "../../../shared/runtime/patiently.ts";
import { consumeWork, type Work } from "../../../shared/runtime/pulling/work.ts";
import { replaceConsumers } from "../../../shared/runtime/streams.ts";
import { OwnershipLost } from "../job/progress-keeper.ts";

/**
 * Reads a job's result stream in order and without gaps, through a consumer that is the only one of the stream. A new
 * one, under a new name, is opened whenever something may have got lost on its way: what an earlier one held comes back
 * at once and in order, and its acks are void. So everything up to the last sequence that was taken has been taken,
 * which is what a worker's question relies on: after a broker's death chunks come back as if never delivered, while
 * their results lie in the stream.
 *
 * | the consumer is | and becomes | when |
 * |---|---|---|
 * | open | to be opened anew | a message is missing, the connection came back, or the consumer is gone |
 * | to be opened anew | open, under the next name | this owner is still the owner, and the broker answers; tried until it does |
 * | to be opened anew | over | somebody else owns the job, or its stream is gone |
 */
export interface ResultReader {
  /** Resolves when everything is taken that was in the stream at the moment of the call. */
  readToEnd(): Promise<void>;
  /** Takes nothing more; waits for what is being taken, for some seconds at most. */
  stop(): Promise<void>;
}

export interface ResultReaderOptions {
  broker: Broker;
  stream: string;
  /** Begins the names of its consumers. */
  durable: string;
  /** Everything up to here has been taken before. */
  readTo: number;
  /** Throws OwnershipLost where somebody else may be the reader now: a sleeper that wakes must not take his place. */
  confirm: () => Promise<void>;
  /** Takes a message in before its first `await`; the message is acked when it resolves, and comes again if it throws. */
  take: (chunk: ResultChunk, seq: number, messageId: string) => Promise<void>;
  /** Reading is over: the stream is gone, or somebody else reads it. */
  onFault: (error: unknown) => void;
}

/** Messages; with the dispatcher's flush by bytes this bounds memory. */
const IN_HAND = 128;
const ACK_WAIT_MS = 30_000;
const RECHECK_MS = 50;
const REOPEN_WAIT_MS = 250;
const STOP_MS = 5000;

export async function readResults(options: ResultReaderOptions): Promise<ResultReader> {
  const { broker, stream } = options;
  let readTo = options.readTo;
  let stopped = false;
  const take: ResultReaderOptions["take"] = (chunk, seq, messageId) => {
    const taken = options.take(chunk, seq, messageId);
    readTo = Math.max(readTo, seq);
    return taken;
  };
  const consumer = await openConsumer({ ...options, take });
  // What was on its way when the connection broke would come only after its ack wait, behind later results.
  const forget = broker.onReconnect(consumer.reopen);
  const readToEnd = async () => {
    const target = (await patiently(broker, () => broker.jsm.streams.info(stream))).state.last_seq;
    while (readTo < target) {
      if (stopped) throw new RetryableError("the collector moved", { retryAfterMs: 100 });
      // The last message may have been dropped without being taken: then the consumer tells, once there is one again.
      const held = await broker.jsm.consumers.info(stream, consumer.name()).catch(() => undefined);
      if (held?.num_pending === 0 && held.num_ack_pending === 0) return;
      await pause(RECHECK_MS);
    }
  };
  return {
    readToEnd: shared(readToEnd),
    stop: async () => {
      stopped = true;
      forget();
      await consumer.stop();
    },
  };
}

/** The stream's one consumer, opened anew under a new name whenever that is asked for. */
async function openConsumer(options: ResultReaderOptions) {
  const { broker, stream } = options;
  let attempt = 0;
  let stopped = false;
  let wanted = false;
  let reopening: Promise<void> | undefined;
  const name = () => `${options.durable}-${attempt}`;

  const open = async (): Promise<Work> => {
    await replaceConsumers(broker, stream, name(), ACK_WAIT_MS);
    const opened = takeResults(options, name(), () => reopen());
    void opened.ended.then((how) => how === "gone" && opened === work && reopen());
    return opened;
  };
  const reopen = () => {
    wanted = true;
    reopening ??= openAnew()
      .catch((error: unknown) => !stopped && options.onFault(error))
      .then(() => {
        reopening = undefined;
      });
  };
  const openAnew = async () => {
    while (wanted && !stopped) {
      wanted = false;
      try {
        await options.confirm();
        attempt += 1;
        const old = work;
        work = await open();
        void old.stop();
      } catch (error) {
        if (error instanceof OwnershipLost || /stream not found/i.test(messageOf(error))) throw error;
        log().warn({ stream, error: messageOf(error) }, "the result stream cannot be opened yet");
        wanted = true;
        await pause(REOPEN_WAIT_MS);
      }
    }
  };
  let work = await patiently(broker, open);
  return {
    name,
    reopen,
    stop: async () => {
      stopped = true;
      await reopening;
      await Promise.race([work.stop(), pause(STOP_MS)]);
    },
  };
}

function takeResults(
  { broker, stream, take }: ResultReaderOptions,
  durable: string,
  onGap: () => void,
): Work {
  return consumeWork(broker, {
    contract: resultsMade,
    stream,
    durable,
    concurrency: IN_HAND,
    ackWaitMs: ACK_WAIT_MS,
    onGap,
    handle: async (message) => {
      await take(message.body, message.seq, message.header("Nats-Msg-Id") ?? "").catch((cause: unknown) => {
        throw new RetryableError("not committed", { retryAfterMs: 0, cause });
      });
    },
  });
}

/** Calls that come while one is under way share the next one: its moment is after theirs. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    if (running === undefined) {
      running = work().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
  return start;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
