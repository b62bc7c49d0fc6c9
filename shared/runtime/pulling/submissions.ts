import { createHash } from "node:crypto";
import type { Msg } from "@nats-io/transport-node";
import { z } from "zod";
import { SubmissionAnswer } from "../../contracts/jobs-api.ts";
import { JOBS_STREAM } from "../../topology.ts";
import type { Broker } from "../broker.ts";
import { isInbox } from "../inbox.ts";
import { decode, encode } from "../messages.ts";
import { newTraceparent } from "../process/trace.ts";
import { GRANT_HEADER, SUBMISSION_HEADER } from "../submit.ts";
import { bury } from "./dead-letters.ts";
import { consumeWork } from "./work.ts";

/**
 * Job messages are carried out from the stream JOBS alone: in order, once each, also those that were published while no
 * coordinator ran. A requester waits on a core subscription, which only remembers where the answer goes: the coordinator
 * that carried the message out tells all others its answer.
 */
export interface JobMessage {
  /** Last token of the subject. */
  kind: string;
  body: Uint8Array;
  grant: string | undefined;
  seq: number;
  traceparent: string;
}

const OUTCOMES = "events.submission";
const Outcome = z.strictObject({ digest: z.string(), answer: SubmissionAnswer });
/** Who asked does not wait any longer. */
const FORGET_MS = 60_000;
const ACK_WAIT_MS = 10_000;

/** Carries out job messages until `stop`. `execute` must not throw for a bad message: its answer says what is wrong. */
export function takeSubmissions(
  broker: Broker,
  execute: (message: JobMessage) => Promise<SubmissionAnswer>,
): { stop(): Promise<void> } {
  const waiting = new Map<string, string[]>();

  const onOutcome = (error: Error | null, message: Msg) => {
    if (error !== null) return;
    const { digest, answer } = decode(Outcome, message.data);
    for (const reply of waiting.get(digest) ?? []) respond(broker, reply, answer);
    waiting.delete(digest);
  };
  // It comes before its outcome: the broker passes a message on before it has stored it.
  const onQuestion = (error: Error | null, message: Msg) => {
    const { reply } = message;
    if (error !== null || reply === undefined || !isInbox(reply)) return;
    const digest = digestOf(message.data, message.headers?.get(SUBMISSION_HEADER));
    waiting.set(digest, [...(waiting.get(digest) ?? []), reply]);
    setTimeout(() => forget(digest, reply), FORGET_MS).unref();
  };
  const forget = (digest: string, reply: string) => {
    const others = waiting.get(digest)?.filter((other) => other !== reply) ?? [];
    if (others.length === 0) waiting.delete(digest);
    else waiting.set(digest, others);
  };
  const outcomes = broker.nc.subscribe(OUTCOMES, { callback: onOutcome });
  // Every coordinator remembers who asked: one of them may die before the answer is there. Who asked takes the first.
  const questions = broker.nc.subscribe("jobs.*", { callback: onQuestion });
  const work = consumeWork<Uint8Array>(broker, {
    contract: { schema: z.instanceof(Uint8Array) },
    read: (data) => data,
    stream: JOBS_STREAM,
    durable: "coordinator",
    concurrency: 1,
    ackWaitMs: ACK_WAIT_MS,
    handle: async (message) => {
      const answer = await execute({
        kind: message.subject.slice("jobs.".length),
        body: message.body,
        grant: message.header(GRANT_HEADER),
        seq: message.seq,
        traceparent: message.traceparent ?? newTraceparent(),
      });
      if ("error" in answer)
        await bury(broker, { subject: message.subject, reason: answer.error, data: message.body });
      const digest = digestOf(message.body, message.header(SUBMISSION_HEADER));
      broker.nc.publish(OUTCOMES, encode({ digest, answer }));
    },
  });
  return {
    stop: async () => {
      questions.unsubscribe();
      await work.stop();
      outcomes.unsubscribe();
    },
  };
}

/** JSON, so that any client can read it. */
function respond(broker: Broker, reply: string, answer: SubmissionAnswer): void {
  broker.nc.publish(reply, JSON.stringify(answer));
}

function digestOf(body: Uint8Array, submission: string | undefined): string {
  return createHash("sha256")
    .update(body)
    .update("\0")
    .update(submission ?? "")
    .digest("hex");
}
