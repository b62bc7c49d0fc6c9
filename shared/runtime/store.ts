import type { KV } from "@nats-io/kv";
import type { z } from "zod";
import { messageOf } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { patiently } from "./patiently.ts";

/** A value and the revision that a compare-and-set must name. */
export interface Held<Value> {
  value: Value;
  revision: number;
}

/** A KV bucket whose values are JSON of one schema; every change is a compare-and-set. */
export interface Store<Value> {
  get(key: string): Promise<Held<Value> | undefined>;
  /** Undefined: the key exists already. */
  create(key: string, value: Value): Promise<Held<Value> | undefined>;
  /** Undefined: somebody else changed it since. */
  update(key: string, value: Value, revision: number): Promise<Held<Value> | undefined>;
  delete(key: string): Promise<void>;
  /** Takes away all keys of a pattern for good, leaving no mark of them; needs the permission to purge the bucket. */
  erase(pattern: string): Promise<void>;
  /** @param pattern wildcards as in subjects; all keys unless given */
  keys(pattern?: string): Promise<string[]>;
  /** Rises with every change in the bucket: equal numbers mean that nothing changed. */
  version(): Promise<number>;
  /** When the bucket was made: no two buckets of a name have the same. */
  born(): Promise<string>;
}

/**
 * Opens a bucket that exists. Answers that got lost are read back: a compare-and-set whose answer did not come counts
 * as done when the stored value equals the one that was to be written.
 */
export async function openStore<Value>(
  broker: Broker,
  bucket: string,
  schema: z.ZodType<Value>,
): Promise<Store<Value>> {
  const kv = await broker.kvm.open(bucket, { bindOnly: true, allow_direct: true } as never);
  const get = (key: string) => patiently(broker, () => read(kv, key, schema));
  const put = async (key: string, value: Value, write: (text: string) => Promise<number>) => {
    const text = JSON.stringify(value);
    for (;;) {
      try {
        return { value, revision: await write(text) };
      } catch (error) {
        const stored = await get(key);
        if (
          stored !== undefined &&
          JSON.stringify(stored.value) === JSON.stringify(schema.parse(JSON.parse(text)))
        )
          return stored;
        if (isConflict(error)) return undefined;
        if (broker.nc.isClosed() || isTooLarge(error)) throw error;
        await pause();
      }
    }
  };
  return {
    get,
    create: (key, value) => put(key, value, (text) => kv.create(key, text)),
    update: (key, value, revision) => put(key, value, (text) => kv.update(key, text, revision)),
    delete: (key) => patiently(broker, () => kv.purge(key)),
    erase: async (pattern) => {
      const filter = `$KV.${bucket}.${pattern}`;
      await patiently(broker, () => broker.jsm.streams.purge(`KV_${bucket}`, { filter }));
    },
    keys: (pattern) => patiently(broker, () => listKeys(broker, bucket, pattern)),
    version: () =>
      patiently(broker, async () => (await broker.jsm.streams.info(`KV_${bucket}`)).state.last_seq),
    born: () => patiently(broker, async () => (await broker.jsm.streams.info(`KV_${bucket}`)).created),
  };
}

async function read<Value>(kv: KV, key: string, schema: z.ZodType<Value>): Promise<Held<Value> | undefined> {
  const entry = await kv.get(key);
  if (entry === null || entry.operation !== "PUT") return undefined;
  return { value: schema.parse(entry.json()), revision: entry.revision };
}

/** Keys by the stream's own list of subjects: the client's listing uses an ordered consumer, which stalls under load. */
async function listKeys(broker: Broker, bucket: string, pattern = ">"): Promise<string[]> {
  const info = await broker.jsm.streams.info(`KV_${bucket}`, { subjects_filter: `$KV.${bucket}.${pattern}` });
  const prefix = `$KV.${bucket}.`;
  return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
}

function isConflict(error: unknown): boolean {
  return /wrong last sequence/i.test(messageOf(error));
}

/** The same value would be refused for ever. */
function isTooLarge(error: unknown): boolean {
  return /message size exceeds|payload/i.test(messageOf(error));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}
