import type { RefusedMessage } from "../../../shared/contracts/jobs-api.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { newestLetters } from "../../../shared/runtime/pulling/dead-letters.ts";

/** A person is to recognise it; the whole of it lies in the stream. */
const SHOWN_BYTES = 2_000;

/** The newest messages that could not be carried out, newest first. @param limit so many at most */
export async function refusedMessages(broker: Broker, limit: number): Promise<RefusedMessage[]> {
  const letters = await newestLetters(broker, limit);
  return letters.map(({ seq, buriedAt, subject, reason, data }) => ({
    ...{ seq, at: buriedAt.toISOString(), subject, reason },
    body: new TextDecoder().decode(data.subarray(0, SHOWN_BYTES)),
  }));
}
