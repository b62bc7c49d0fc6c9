import { estimateTokens } from "../../../shared/annotators/cost/token-estimate.ts";
import type { Completion } from "../../../shared/completions/completion.ts";
import type { Charging } from "../budget/charging.ts";
import { expectedCompletion, learnCompletion, promptTokensOf, tokensUsed } from "../budget/reservation.ts";
import type { RowTask } from "../jobs/row-task.ts";
import type { RouteJob } from "./route-job.ts";
import type { RouteState } from "./route-state.ts";

/** How the job's calls are charged, as far as it is known. */
function chargingOf({ budget }: RouteState, { spec }: RouteJob): Charging {
  return spec.charges === "auto" ? (budget.learnt.charging ?? "max_tokens") : spec.charges;
}

/** What is to be set aside for the row's call. */
export function tokensNeeded(state: RouteState, job: RouteJob, task: RowTask): number {
  if (state.limits.tokensPerMinute === "unlimited") return 0;
  if (task.promptTokens < 0)
    task.promptTokens = promptTokensOf(task.messages, job.tokenizer ?? estimateTokens);
  return task.promptTokens + expectedCompletion(job.reservations, chargingOf(state, job));
}

/** Counts what a completion used, and returns what was set aside for it in vain. */
export function chargeCall(
  state: RouteState,
  job: RouteJob,
  task: RowTask,
  completion: Completion,
): { prompt: number; answer: number } {
  const { prompt, answer } = tokensUsed(completion, task.messages, job.tokenizer ?? estimateTokens);
  task.used.promptTokens += prompt;
  task.used.completionTokens += answer;
  learnCompletion(job.reservations, answer);
  const byUsage = task.reserved === 0 || chargingOf(state, job) === "usage";
  const charged = prompt + (byUsage ? answer : task.reserved - task.promptTokens);
  state.queue.settle(job.id, charged);
  if (task.reserved > 0) {
    const { client } = state.budget;
    client.took(task.reserved, prompt + answer);
    state.averageUsed += (prompt + answer - state.averageUsed) * (state.averageUsed === 0 ? 1 : 0.05);
    // What is set aside now for such a call would be less: the rest is of a time that the provider's bucket has forgotten.
    const most = task.promptTokens + expectedCompletion(job.reservations, chargingOf(state, job));
    client.settle(
      charged > task.reserved
        ? task.reserved - charged
        : Math.max(0, Math.min(task.reserved, most) - charged),
    );
  }
  return { prompt, answer };
}
