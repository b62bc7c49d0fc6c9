import { type HaltReason, haltJob } from "../contracts/collector-questions.ts";
import type { Broker } from "./broker.ts";
import { log } from "./log.ts";
import { askUntilAnswered } from "./requests.ts";

const ANSWER_MS = 5_000;

export interface Halt {
  job: string;
  run: number;
  state: "paused" | "failed";
  reason: HaltReason;
}

/** Has a coordinator halt the job, as often as it takes until one answers or `signal` says that it does not matter any more. */
export async function askToHalt(broker: Broker, halt: Halt, signal: AbortSignal): Promise<void> {
  log().warn({ job: halt.job, state: halt.state, reason: halt.reason.code }, halt.reason.message);
  await askUntilAnswered(broker, haltJob, [], halt, { timeoutMs: ANSWER_MS, gaveUp: () => signal.aborted });
}
