import { setTimeout as delay } from "node:timers/promises";
import { whichRowsAreDone } from "../../contracts/collector-questions.ts";
import type { Broker } from "../broker.ts";
import { ask, askUntilAnswered } from "../requests.ts";

/**
 * Rows that a session has claimed from the job's collector, so that no other works on them at the same time. They are the
 * session's as long as it gives signs of life.
 */
export interface Claims {
  /** Which of these rows need no work any more; the others are claimed. Undefined: `gaveUp` says that it does not matter. */
  doneOf(rows: number[]): Promise<Set<number> | undefined>;
  /** Gives up all of them. */
  leave(): void;
}

export interface ClaimsOptions {
  broker: Broker;
  job: string;
  run: number;
  /** False: rows may be asked again by whoever reads the replies, so that no second call is one too many. */
  claims: boolean;
  ackWaitMs: number;
  gaveUp: () => boolean;
}

/** Another worker has some of the rows in its hands: it finishes them, or is found dead. */
const TAKEN_MS = 1_000;
const ANSWER_MS = 3_000;

export function openClaims({ broker, job, run, claims, ackWaitMs, gaveUp }: ClaimsOptions): Claims {
  const worker = crypto.randomUUID();
  const giveSign = (leaving: boolean) => {
    const question = { job, run, rows: [], worker, leaving };
    ask(broker, whichRowsAreDone, [job], question, ANSWER_MS).catch(() => {});
  };
  const signs = setInterval(() => giveSign(false), ackWaitMs / 4);
  return {
    doneOf: async (rows) => {
      const question = { job, run, rows, ...(claims ? { worker } : {}) };
      for (;;) {
        const options = { timeoutMs: ANSWER_MS, gaveUp };
        const answer = await askUntilAnswered(broker, whichRowsAreDone, [job], question, options);
        if (answer === undefined || gaveUp()) return undefined;
        if (!answer.taken?.length) return new Set(answer.done);
        await delay(TAKEN_MS);
      }
    },
    leave: () => {
      clearInterval(signs);
      giveSign(true);
    },
  };
}
