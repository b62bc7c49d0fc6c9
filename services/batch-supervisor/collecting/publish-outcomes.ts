import { replyOf } from "../../../shared/completions/reply.ts";
import { lineBytes } from "../../../shared/completions/result-line.ts";
import type { Reply } from "../../../shared/contracts/reply-chunk.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { RetryableError } from "../../../shared/errors.ts";
import type { Reader } from "../../../shared/lanes.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { publishUntilStored } from "../../../shared/runtime/worker/publish-until-stored.ts";
import type { RequestTexts } from "./request-texts.ts";

/**
 * Rows' outcomes on their way to the job's collector, or to the service that reads them first. What is gathered into which message depends on the
 * lines alone, not on which of their rows still want an outcome: a message that is published a second time, after a
 * crash, holds no row that the first one did not hold, so that the broker may drop it.
 */
export interface OutcomePublisher {
  /** @param wanted false: the row has an outcome already, and only takes its place in the message */
  add(place: number, result: RowResult, wanted: boolean): Promise<void>;
  /** Resolves when everything is stored. */
  flush(): Promise<void>;
}

export interface PublishTo {
  broker: Broker;
  job: string;
  run: number;
  worker: string;
  /** Begins the ids of the messages: equal for no two files. */
  idPrefix: string;
  traceparent: string;
  /** How often the rows have been sent. */
  attempt: number;
  /** Who reads them. */
  reader: Reader;
  /** The requests' texts, where their replies are read before they are results. */
  texts: RequestTexts | undefined;
  signal: AbortSignal;
}

const MOST_RESULTS = 500;
const MOST_BYTES = 1024 * 1024;
const GONE_MS = 1_000;
/** They are those of the batch. */
const NONE = { promptTokens: 0, completionTokens: 0 };

export function openPublisher(to: PublishTo): OutcomePublisher {
  let held: { result: RowResult | Reply; wanted: boolean }[] = [];
  let bytes = 0;
  let messages = 0;

  const send = async () => {
    const results = held.flatMap(({ result, wanted }) => (wanted ? [result] : []));
    const msgId = `${to.idPrefix}/${messages++}`;
    held = [];
    bytes = 0;
    if (results.length > 0) await publish(to, msgId, results);
  };
  return {
    add: async (place, result, wanted) => {
      const sent: RowResult | Reply =
        to.texts === undefined
          ? result
          : replyOf({ ...(await to.texts.of(place)), attempts: to.attempt, used: NONE }, result);
      const size = bytesOf(sent);
      if (held.length > 0 && bytes + size > MOST_BYTES) await send();
      held.push({ result: sent, wanted });
      bytes += size;
      if (held.length >= MOST_RESULTS) await send();
    },
    flush: async () => {
      if (held.length > 0) await send();
    },
  };
}

/** @throws RetryableError where nobody takes results of the job now */
async function publish(to: PublishTo, msgId: string, results: (RowResult | Reply)[]): Promise<void> {
  const { broker, job, run, worker, reader, traceparent, signal } = to;
  const body = { job, run, worker, results, split: [] };
  const options = { msgId, traceparent, signal };
  const outcome = await publishUntilStored(broker, reader.outcomes, [job, run], body, options);
  if (outcome === "gone")
    throw new RetryableError(`job ${job} takes no results now`, { retryAfterMs: GONE_MS });
}

function bytesOf(result: RowResult | Reply): number {
  return lineBytes(result.line) + ("messages" in result ? lineBytes(result.messages) : 0);
}
