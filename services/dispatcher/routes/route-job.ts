import type { Annotator } from "../../../shared/annotators/annotator.ts";
import type { Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { Fault } from "../../../shared/completions/fault.ts";
import type { DispatchSpec } from "../../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { Provider, Unsayable } from "../../../shared/providers/provider.ts";
import { providerOf } from "../../../shared/providers/providers.ts";
import { type Reservations, reservationsOf } from "../budget/reservation.ts";
import type { Endpoint } from "../calling/chat-client.ts";
import type { RowTask } from "../jobs/row-task.ts";

/** A job's stay on a route of this replica. */
export interface RouteJob {
  /** Of this stay, not of the job: a job that was paused and resumed comes back as another one. */
  readonly id: string;
  /** Limits, priority and concurrency may change while it runs. */
  spec: DispatchSpec;
  readonly endpoint: Endpoint | "noop";
  readonly provider: Provider;
  /** The body of a call with these messages (JSON text). */
  bodyOf(messages: string): string | Unsayable;
  /** Undefined where no token limit can apply: nothing is counted then. */
  readonly tokenizer: Tokenizer | undefined;
  /** The model's own tokenizer counts, not an estimate. */
  readonly countsExactly: boolean;
  readonly reservations: Reservations;
  concurrency: number;
  timeoutMs: number;
  inFlight: number;
  /** Rows in hand without a result. */
  unfinished: number;
  /** Starts no call any more; what is not finished goes back. */
  closing: boolean;
  finished(task: RowTask, result: RowResult): void;
  /** Of the results that were finished and are not stored yet. */
  unstoredBytes(): number;
  /** Calling on is useless: the job must be halted. */
  halt(fault: Fault & { kind: "halt" }): void;
}

export type RouteJobGiven = Pick<
  RouteJob,
  "id" | "spec" | "endpoint" | "tokenizer" | "finished" | "unstoredBytes" | "halt"
>;

export function routeJob(
  given: RouteJobGiven,
  annotator: Pick<Annotator, "concurrency" | "timeoutMs" | "dialect" | "tokenizer">,
): RouteJob {
  const { spec } = given;
  const provider = providerOf(annotator);
  return {
    ...given,
    provider,
    bodyOf: provider.bodies(spec.request),
    countsExactly: annotator.tokenizer !== "estimate",
    reservations: reservationsOf(spec.maxTokens, spec.choices),
    concurrency: spec.concurrency ?? annotator.concurrency,
    timeoutMs: spec.timeoutMs ?? annotator.timeoutMs,
    inFlight: 0,
    unfinished: 0,
    closing: false,
  };
}
