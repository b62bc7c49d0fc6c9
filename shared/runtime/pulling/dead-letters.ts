import type { StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { DEAD_STREAM, MAX_PAYLOAD_BYTES } from "../../topology.ts";
import type { Broker } from "../broker.ts";

const SUBJECT_START = "dead.";
const REASON_HEADER = "Assay-Reason";
const NO_MESSAGE = 10037;
/** The reason needs room beside the body. */
const LARGEST_BODY_BYTES = MAX_PAYLOAD_BYTES - 16 * 1024;

/** A message that can never be handled, kept with its reason so that a person can look at it. */
export interface DeadLetter {
  subject: string;
  reason: string;
  data: Uint8Array;
}

/**
 * Stores the letter in the stream DEAD under `dead.<its subject>`; the body stays as it was, but for the end of one that
 * fills the largest message by itself.
 */
export async function bury(broker: Broker, letter: DeadLetter): Promise<void> {
  const messageHeaders = headers();
  messageHeaders.set(REASON_HEADER, letter.reason.replaceAll(/\s+/g, " ").slice(0, 1000));
  const body = letter.data.subarray(0, LARGEST_BODY_BYTES);
  if (body.length < letter.data.length) messageHeaders.set("Assay-Cut-From", String(letter.data.length));
  await broker.js.publish(`${SUBJECT_START}${letter.subject}`, body, { headers: messageHeaders });
}

/** @param limit so many at most @returns the newest letters, newest first, with their sequence and when they were buried */
export async function newestLetters(
  broker: Broker,
  limit: number,
): Promise<(DeadLetter & { seq: number; buriedAt: Date })[]> {
  const { state } = await broker.jsm.streams.info(DEAD_STREAM);
  const found: (DeadLetter & { seq: number; buriedAt: Date })[] = [];
  for (let seq = state.last_seq; seq >= state.first_seq && seq > 0 && found.length < limit; seq -= 1) {
    const message = await letterAt(broker, seq);
    if (message === null) continue;
    const { subject, header, data, time: buriedAt } = message;
    const letter = { subject: subject.slice(SUBJECT_START.length), reason: header.get(REASON_HEADER), data };
    found.push({ ...letter, seq, buriedAt });
  }
  return found;
}

/** Null where it was deleted by hand. */
async function letterAt(broker: Broker, seq: number): Promise<StoredMsg | null> {
  try {
    return await broker.jsm.streams.getMessage(DEAD_STREAM, { seq });
  } catch (error) {
    if ((error as { code?: number }).code === NO_MESSAGE) return null;
    throw error;
  }
}
