import { headers } from "@nats-io/transport-node";
import { BLOBS_STREAM } from "../topology.ts";
import type { Broker } from "./broker.ts";
import { patiently } from "./patiently.ts";

/**
 * Contents too large for a message: each is a row of pieces, a message each, in one stream. Written once under a name
 * that is never used again, read in order by direct gets, removed by name or by what names begin with. The broker's own
 * object store reads through ordered consumers and holds what is written or read in memory as fast as it comes
 * (docs/decisions/011).
 */
export interface Blobs {
  writer(name: string): BlobWriter;
  /** Pieces in order. @throws Error where one is not there */
  read(name: string, signal?: AbortSignal): AsyncGenerator<Buffer>;
  /** Removes all whose names begin with these tokens. */
  remove(tokens: string): Promise<void>;
}

export interface BlobWriter {
  /** Collects bytes; await it before the next one. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when all is on disk. */
  close(): Promise<void>;
}

const PIECE_BYTES = 512 * 1024;
/** Pieces under way at once, also those that are read ahead. */
const IN_FLIGHT = 4;
const PUBLISH_TIMEOUT_MS = 5_000;
const LAST_HEADER = "Assay-Last";

/** @param name tokens separated by dots */
const subjectOf = (name: string) => `blob.${name}`;

export function openBlobs(broker: Broker): Blobs {
  return {
    writer: (name) => writerOf(broker, subjectOf(name)),
    read: (name, signal) => read(broker, subjectOf(name), signal),
    remove: async (tokens) => {
      await patiently(broker, () =>
        broker.jsm.streams.purge(BLOBS_STREAM, { filter: `${subjectOf(tokens)}.>` }),
      );
    },
  };
}

function writerOf(broker: Broker, subject: string): BlobWriter {
  let collected: Buffer[] = [];
  let bytes = 0;
  let pieces = 0;
  const underWay = new Set<Promise<void>>();

  const send = async (last: boolean) => {
    const piece = Buffer.concat(collected);
    collected = [];
    bytes = 0;
    const sent = store(broker, `${subject}.${pieces++}`, piece, last);
    underWay.add(sent);
    sent.then(
      () => underWay.delete(sent),
      () => {},
    );
    while (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
  };
  return {
    write: async (more) => {
      collected.push(more);
      bytes += more.length;
      if (bytes >= PIECE_BYTES) await send(false);
    },
    close: async () => {
      await send(true);
      await Promise.all(underWay);
    },
  };
}

/** A piece that is stored twice is the same piece twice: the stream keeps the last of each subject. */
async function store(broker: Broker, subject: string, piece: Buffer, last: boolean): Promise<void> {
  const messageHeaders = headers();
  if (last) messageHeaders.set(LAST_HEADER, "1");
  const options = { timeout: PUBLISH_TIMEOUT_MS, retries: 0, headers: messageHeaders };
  await patiently(broker, () => broker.js.publish(subject, piece, options));
}

interface Piece {
  bytes: Buffer;
  last: boolean;
}

async function* read(broker: Broker, subject: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const ahead: Promise<Piece | undefined>[] = [];
  let next = 0;
  for (let last = false; !last; ) {
    signal?.throwIfAborted();
    while (ahead.length < IN_FLIGHT) {
      const piece = pieceOf(broker, `${subject}.${next++}`);
      // What is read ahead may lie behind the end, where nothing that comes of it matters.
      piece.catch(() => {});
      ahead.push(piece);
    }
    const piece = await ahead.shift()!;
    if (piece === undefined) throw new Error(`${subject} is not whole: piece ${next - IN_FLIGHT} is missing`);
    yield piece.bytes;
    last = piece.last;
  }
}

async function pieceOf(broker: Broker, subject: string): Promise<Piece | undefined> {
  const query = { last_by_subj: subject };
  const stored = await patiently(broker, () => broker.jsm.direct.getMessage(BLOBS_STREAM, query));
  if (stored === null) return undefined;
  const { buffer, byteOffset, byteLength } = stored.data;
  return { bytes: Buffer.from(buffer, byteOffset, byteLength), last: stored.header.get(LAST_HEADER) === "1" };
}
