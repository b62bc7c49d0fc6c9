import { headers } from "@nats-io/transport-node";
import { MAX_PAYLOAD_BYTES } from "../topology.ts";
import type { Broker } from "./broker.ts";

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
  messageHeaders.set("Assay-Reason", letter.reason.replaceAll(/\s+/g, " ").slice(0, 1000));
  const body = letter.data.subarray(0, LARGEST_BODY_BYTES);
  if (body.length < letter.data.length) messageHeaders.set("Assay-Cut-From", String(letter.data.length));
  await broker.js.publish(`dead.${letter.subject}`, body, { headers: messageHeaders });
}
