import type { RequestJob } from "../../../../shared/contracts/job-entry.ts";
import { type ReaskRow, reasksWanted } from "../../../../shared/contracts/reask-chunk.ts";
import { messageOf } from "../../../../shared/errors.ts";
import type { Broker } from "../../../../shared/runtime/broker.ts";
import { log } from "../../../../shared/runtime/log.ts";
import { decode } from "../../../../shared/runtime/messages.ts";
import { patiently } from "../../../../shared/runtime/patiently.ts";
import { reaskStream } from "../../../../shared/topology.ts";

/** The broker's log of what is to be asked again, read message by message from where the last reading ended. */
export interface ReaskLog {
  /** Reads to the end of what is there now, or until no more is wanted. */
  read(): Promise<void>;
  /** When that was done last. */
  readAtMs(): number;
  /** All messages up to this sequence have been read. */
  readTo(): number;
  /** Takes away the messages up to this sequence. */
  purge(to: number): Promise<void>;
}

export interface ReaskLogOptions {
  /** Read before. */
  readTo: number;
  isFull: () => boolean;
  take: (row: ReaskRow, seq: number) => void;
}

export function openReaskLog(
  broker: Broker,
  { id, run }: Pick<RequestJob, "id" | "run">,
  options: ReaskLogOptions,
): ReaskLog {
  const stream = reaskStream(id, run);
  let { readTo } = options;
  let readAtMs = Number.NEGATIVE_INFINITY;
  const readOne = async (seq: number) => {
    const message = await patiently(broker, () => broker.jsm.direct.getMessage(stream, { seq }));
    if (message === null) return;
    try {
      for (const row of decode(reasksWanted.schema, message.data).rows) options.take(row, seq);
    } catch (error) {
      log().error({ job: id, seq, error: messageOf(error) }, "what is to be asked again cannot be read");
    }
  };
  return {
    read: async () => {
      readAtMs = performance.now();
      const { state } = await patiently(broker, () => broker.jsm.streams.info(stream));
      // The stream was made anew: what it held is lost, and its rows are fed again.
      if (state.last_seq < readTo) readTo = 0;
      for (let seq = Math.max(readTo + 1, state.first_seq); seq <= state.last_seq; seq += 1) {
        if (options.isFull()) return;
        await readOne(seq);
        readTo = seq;
      }
    },
    readAtMs: () => readAtMs,
    readTo: () => readTo,
    purge: async (to) => {
      await patiently(broker, () => broker.jsm.streams.purge(stream, { seq: to + 1 }));
    },
  };
}
