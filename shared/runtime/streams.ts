import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { EXIT, messageOf, UserError } from "../errors.ts";
import {
  BLOBS_STREAM,
  BUCKETS,
  DEAD_STREAM,
  DEAD_STREAM_BYTES,
  JOBS_STREAM,
  MAX_PAYLOAD_BYTES,
} from "../topology.ts";
import type { Broker } from "./broker.ts";

const STREAM_NAME_IN_USE = 10058;
const NO_SPACE = 10047;
const CONSUMER_EXISTS = [10148, 10105];
const DUPLICATE_WINDOW_MS = 2 * 60 * 1000;
const DEAD_LETTER_DAYS = 30;
/** A lost acknowledgement of JOBS only delays a submission that arrived while no coordinator ran. */
const SUBMISSION_ACK_WAIT_MS = 10_000;
const RESULTS_IN_HAND = 20_000;

/** Creates what every installation has; safe to call from any number of replicas at once. */
export async function ensureTopology(broker: Broker): Promise<void> {
  await ensureStream(broker, {
    name: JOBS_STREAM,
    subjects: ["jobs.*"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    // With acks on, who asks gets the broker's ack instead of {job}.
    no_ack: true,
    max_msgs: 100_000,
    discard: DiscardPolicy.Old,
  });
  await ensureStream(broker, {
    name: DEAD_STREAM,
    subjects: ["dead.>"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_age: nanos(DEAD_LETTER_DAYS * 24 * 3600 * 1000),
    max_bytes: DEAD_STREAM_BYTES,
    discard: DiscardPolicy.Old,
  });
  await ensureStream(broker, {
    name: BLOBS_STREAM,
    subjects: ["blob.>"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_msg_size: MAX_PAYLOAD_BYTES,
    allow_direct: true,
  });
  await ensureConsumer(broker, JOBS_STREAM, {
    durable_name: "coordinator",
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(SUBMISSION_ACK_WAIT_MS),
    deliver_policy: DeliverPolicy.All,
    // One at a time: submissions are applied in the order in which they were made.
    max_ack_pending: 1,
  });
  for (const bucket of Object.values(BUCKETS)) await ensureBucket(broker, bucket);
}

async function ensureBucket(broker: Broker, bucket: string): Promise<void> {
  const maxValueSize = MAX_PAYLOAD_BYTES / 2;
  await broker.kvm
    .create(bucket, { history: 1, storage: StorageType.File, maxValueSize })
    .catch((error: unknown) => {
      if ((error as { code?: number }).code !== STREAM_NAME_IN_USE) throw error;
    });
  const { config } = await broker.jsm.streams.info(`KV_${bucket}`);
  const asked = {
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_msg_size: maxValueSize,
    allow_direct: true,
  };
  refuseOtherSettings(`bucket ${bucket}`, asked, config);
}

/** A work queue of one job: chunks of work or results, refused when full, so that the writer waits. */
export async function ensureWorkQueue(
  broker: Broker,
  name: string,
  subject: string,
  maxBytes: number,
): Promise<void> {
  await ensureStream(broker, {
    name,
    subjects: [subject],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    max_msg_size: MAX_PAYLOAD_BYTES,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
}

/**
 * A work queue that never refuses. For what paid calls brought: their writer must not wait for a reader that may itself
 * wait for the writer. What feeds the writer is bounded instead.
 */
export async function ensureUnboundedQueue(broker: Broker, name: string, subject: string): Promise<void> {
  await ensureStream(broker, {
    name,
    subjects: [subject],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_msg_size: MAX_PAYLOAD_BYTES,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
}

/** Messages that stay until the stream goes, read by their sequences: a reader remembers for itself how far it has come. */
export async function ensureLog(broker: Broker, name: string, subject: string): Promise<void> {
  await ensureStream(broker, {
    name,
    subjects: [subject],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msg_size: MAX_PAYLOAD_BYTES,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    allow_direct: true,
  });
}

/** The durable from which all replicas of a worker pull. @param ackWaitMs after this silence a chunk goes to another */
export async function ensureWorker(
  broker: Broker,
  stream: string,
  durable: string,
  ackWaitMs: number,
): Promise<void> {
  await ensureConsumer(broker, stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    deliver_policy: DeliverPolicy.All,
    max_ack_pending: RESULTS_IN_HAND,
    max_deliver: -1,
  });
}

/**
 * Makes `durable` the only consumer of the stream. What another one held unacked comes back at once, and its acks are void.
 */
export async function replaceConsumers(
  broker: Broker,
  stream: string,
  durable: string,
  ackWaitMs: number,
): Promise<void> {
  for await (const consumer of broker.jsm.consumers.list(stream)) {
    if (consumer.name !== durable) await deleteConsumer(broker, stream, consumer.name);
  }
  await ensureWorker(broker, stream, durable, ackWaitMs);
}

async function deleteConsumer(broker: Broker, stream: string, durable: string): Promise<void> {
  await broker.jsm.consumers.delete(stream, durable).catch((error: unknown) => {
    if (!/consumer not found/i.test(messageOf(error))) throw error;
  });
}

/** True when it existed. */
export async function deleteStream(broker: Broker, name: string): Promise<boolean> {
  return await broker.jsm.streams.delete(name).catch((error: unknown) => {
    if (/not found/i.test(messageOf(error))) return false;
    throw error;
  });
}

/** The sequence of the last message that was ever stored, or undefined when there is no such stream. */
export async function lastSequence(broker: Broker, stream: string): Promise<number | undefined> {
  try {
    return (await broker.jsm.streams.info(stream)).state.last_seq;
  } catch (error) {
    if (/not found/i.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** Names of the streams that listen to a subject (wildcards allowed). */
export async function streamsOf(broker: Broker, subject: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of broker.jsm.streams.names(subject)) names.push(name);
  return names;
}

/** Holds back delivery of a durable until `resumeWorker`, so that a paused job's chunks rest. */
export async function pauseWorker(broker: Broker, stream: string, durable: string): Promise<void> {
  const inAYear = new Date(Date.now() + 365 * 24 * 3600 * 1000);
  await broker.jsm.consumers.pause(stream, durable, inAYear);
}

export async function resumeWorker(broker: Broker, stream: string, durable: string): Promise<void> {
  await broker.jsm.consumers.resume(stream, durable);
}

async function ensureStream(broker: Broker, config: Partial<StreamConfig> & { name: string }): Promise<void> {
  const info = await broker.jsm.streams.add(config).catch(async (error: unknown) => {
    const { code } = error as { code?: number };
    if (code === NO_SPACE) throw noSpace(config, error);
    if (code !== STREAM_NAME_IN_USE) throw error;
    return await sized(broker, config);
  });
  refuseOtherSettings(`stream ${config.name}`, config, info.config);
}

/** A stream that is there. How much it may hold is no promise: it was another number in earlier versions. */
async function sized(broker: Broker, config: Partial<StreamConfig> & { name: string }): Promise<StreamInfo> {
  const info = await broker.jsm.streams.info(config.name);
  const { max_bytes } = config;
  if (max_bytes === undefined || info.config.max_bytes === max_bytes) return info;
  return await broker.jsm.streams.update(config.name, { max_bytes });
}

function noSpace({ name, max_bytes }: Partial<StreamConfig>, cause: unknown): UserError {
  const amount = max_bytes === undefined ? "" : `, which reserves ${Math.ceil(max_bytes / 1024 ** 2)} MiB`;
  const sentence = `The broker has no space on its disk for stream ${name}${amount}: free some where its store is (nats/ in .assay or in ASSAY_HOME) and start the system again, or set ASSAY_HOME to a folder on a larger disk.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}

async function ensureConsumer(
  broker: Broker,
  stream: string,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  const info = await broker.jsm.consumers.add(stream, config).catch(async (error: unknown) => {
    if (!CONSUMER_EXISTS.includes((error as { code?: number }).code ?? 0)) throw error;
    return await broker.jsm.consumers.info(stream, config.durable_name);
  });
  refuseOtherSettings(`consumer ${config.durable_name} of ${stream}`, config, info.config);
}

/** A broker may drop a setting that it does not know without a word; then our promises would not hold. */
function refuseOtherSettings(what: string, asked: object, got: object): void {
  const have = got as Record<string, unknown>;
  const differing = Object.entries(asked).filter(([name, value]) => !equal(value, have[name]));
  if (differing.length === 0) return;
  const list = differing.map(
    ([name, value]) => `${name} ${JSON.stringify(have[name])} instead of ${JSON.stringify(value)}`,
  );
  throw new UserError(
    `The broker's ${what} has other settings than Assay needs (${list.join(", ")}): give Assay a broker or account of its own, or delete that ${what.split(" ")[0]}.`,
    { exitCode: EXIT.couldNotRun },
  );
}

function equal(asked: unknown, got: unknown): boolean {
  if (asked === got) return true;
  if (got === undefined) return asked === false || asked === 0 || asked === -1;
  return JSON.stringify(asked) === JSON.stringify(got);
}
