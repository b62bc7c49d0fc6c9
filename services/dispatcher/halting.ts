import { type HaltReason, haltJob } from "../../shared/contracts/collector-questions.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { log } from "../../shared/runtime/log.ts";
import { askUntilAnswered } from "../../shared/runtime/requests.ts";

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
