import { messageOf } from "../../errors.ts";
import { Wake } from "../../timing/wake.ts";
import type { Broker } from "../broker.ts";
import { log } from "../log.ts";
import { onBroadcast } from "../requests.ts";

/** A look for work that is repeated: every second, and at once when something is told; one at a time. */
export interface Looking {
  /** Has looked at least once. */
  ready(): boolean;
  /** Resolves when no look is under way, nor will be. */
  stop(): Promise<void>;
}

export interface LookingOptions {
  broker: Broker;
  /** Subjects of broadcasts after which it is worth looking. */
  news: readonly string[];
  look: () => Promise<void>;
  /** What is looked for, as the log says it. */
  what: string;
}

const LOOK_MS = 1_000;

export function keepLooking({ broker, news, look, what }: LookingOptions): Looking {
  const wake = new Wake();
  let ready = false;
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      try {
        await look();
        ready = true;
      } catch (error) {
        log().warn({ error: messageOf(error) }, `looking for ${what} failed, trying again`);
      }
      if (!stopped) await wake.wait(LOOK_MS);
    }
  };
  const events = news.map((subject) => onBroadcast(broker, subject, () => wake.notify()));
  const looking = loop();
  return {
    ready: () => ready,
    stop: async () => {
      stopped = true;
      for (const event of events) event.stop();
      wake.notify();
      await looking;
    },
  };
}
