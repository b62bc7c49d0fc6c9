import type { StoredMsg } from "@nats-io/jetstream";
import type { RefusedMessage } from "../../shared/contracts/jobs-api.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { DEAD_STREAM } from "../../shared/topology.ts";

const NO_MESSAGE = 10037;
const SUBJECT_START = "dead.".length;
/** A person is to recognise it; the whole of it lies in the stream. */
const SHOWN_BYTES = 2_000;

/** The newest dead letters, newest first. @param limit so many at most */
export async function refusedMessages(broker: Broker, limit: number): Promise<RefusedMessage[]> {
  const { state } = await broker.jsm.streams.info(DEAD_STREAM);
  const found: RefusedMessage[] = [];
  for (let seq = state.last_seq; seq >= state.first_seq && seq > 0 && found.length < limit; seq -= 1) {
    const message = await letterAt(broker, seq);
    if (message !== null) found.push(shownOf(message));
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

function shownOf({ seq, time, subject, header, data }: StoredMsg): RefusedMessage {
  return {
    seq,
    at: time.toISOString(),
    subject: subject.slice(SUBJECT_START),
    reason: header.get("Assay-Reason"),
    body: new TextDecoder().decode(data.subarray(0, SHOWN_BYTES)),
  };
}
