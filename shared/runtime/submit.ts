import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { headers } from "@nats-io/transport-node";
import { SubmissionAnswer } from "../contracts/jobs-api.ts";
import type { Broker } from "./broker.ts";
import { decode } from "./messages.ts";

export const GRANT_HEADER = "Assay-Grant";
export const SUBMISSION_HEADER = "Assay-Submission";

/** Proof that a message's paths were typed by somebody who may read the installation's grant key. */
export function grantFor(body: Uint8Array, grantKey: string): string {
  return createHmac("sha256", grantKey).update(body).digest("hex");
}

export function isGranted(
  body: Uint8Array,
  grant: string | undefined,
  grantKey: string | undefined,
): boolean {
  if (grant === undefined || grantKey === undefined) return false;
  const [given, right] = [Buffer.from(grant), Buffer.from(grantFor(body, grantKey))];
  return given.length === right.length && timingSafeEqual(given, right);
}

/**
 * Publishes a job message and waits for the coordinator's answer.
 * @param message fields by their long flag names; with a grant key its paths may lie outside of the data roots
 * @throws the client's timeout error when no coordinator answers; the message is kept all the same and taken up later
 */
export async function submitJob(
  broker: Broker,
  kind: string,
  message: Record<string, unknown>,
  options: { grantKey?: string; timeoutMs: number; traceparent?: string },
): Promise<SubmissionAnswer> {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const messageHeaders = headers();
  messageHeaders.set(SUBMISSION_HEADER, randomUUID());
  if (options.traceparent !== undefined) messageHeaders.set("traceparent", options.traceparent);
  if (options.grantKey !== undefined) messageHeaders.set(GRANT_HEADER, grantFor(body, options.grantKey));
  const reply = await broker.patientRequest(`jobs.${kind}`, body, {
    timeout: options.timeoutMs,
    headers: messageHeaders,
  });
  return decode(SubmissionAnswer, reply.data);
}
