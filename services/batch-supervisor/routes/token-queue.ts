/** A send that is uploaded and waits to become a batch. */
export interface WaitingSend {
  job: string;
  tokens: number;
  /** Weight of its job beside others. */
  priority: number;
}

/** Prompt tokens of batches that have not ended. */
export interface Enqueued {
  job: string;
  tokens: number;
}

/**
 * Which sends may become batches now, so that the tokens of all that have not ended stay within the limit. The job that has
 * least enqueued for its priority is next, with its oldest send: so no job starves another. What does not fit is waited
 * for, and nothing smaller slips past it: so no send starves either.
 * @param waiting each job's oldest first; older jobs first
 * @param limit null: none is known
 */
export function sendsThatFit<Send extends WaitingSend>(
  waiting: readonly Send[],
  enqueued: readonly Enqueued[],
  limit: number | null,
): Send[] {
  const queues = Map.groupBy(waiting, ({ job }) => job);
  const held = new Map<string, number>();
  let total = 0;
  for (const { job, tokens } of enqueued) {
    held.set(job, (held.get(job) ?? 0) + tokens);
    total += tokens;
  }
  const fitting: Send[] = [];
  for (;;) {
    const next = hungriest(queues, held);
    if (next === undefined || (limit !== null && total + next.tokens > limit)) return fitting;
    queues.get(next.job)!.shift();
    held.set(next.job, (held.get(next.job) ?? 0) + next.tokens);
    total += next.tokens;
    fitting.push(next);
  }
}

function hungriest<Send extends WaitingSend>(
  queues: ReadonlyMap<string, Send[]>,
  held: ReadonlyMap<string, number>,
): Send | undefined {
  let least = Number.POSITIVE_INFINITY;
  let found: Send | undefined;
  for (const [job, [first]] of queues) {
    if (first === undefined) continue;
    const share = (held.get(job) ?? 0) / first.priority;
    if (share >= least) continue;
    least = share;
    found = first;
  }
  return found;
}
