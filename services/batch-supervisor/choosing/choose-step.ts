import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isSettled, type Shard, type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";
import { nextStep, type Step } from "./next-step.ts";
import { standingOf } from "./standing.ts";

/** The step of a shard that is worth taking now. */
export interface Chosen {
  key: string;
  shard: Shard;
  send: ShardSend;
  entry: RequestJob;
  step: Step;
  job: string;
  tokens: number;
  priority: number;
}

/** What is worth doing first, where a shard has several sends. */
const URGENCY: Step[] = ["collect", "cancel", "finish", "drop", "publish", "create", "upload"];

/**
 * @param entry of the shard's job; undefined where it is not known yet
 * @param mayTry false for a step that failed a moment ago, by its name
 */
export function chooseStep(
  shard: Shard,
  entry: RequestJob | undefined,
  mayTry: (name: string) => boolean,
): Chosen | undefined {
  if (entry === undefined || isSettled(shard)) return undefined;
  const key = shardKey(shard);
  const standing = standingOf(shard, entry);
  const steps = shard.sends.flatMap((send) => {
    const step = nextStep(shard, send, standing);
    return step !== undefined && mayTry(stepName(key, send, step)) ? [{ send, step }] : [];
  });
  const first = steps.sort((a, b) => URGENCY.indexOf(a.step) - URGENCY.indexOf(b.step))[0];
  const { priority } = entry.spec.dispatch;
  return first && { key, shard, entry, ...first, job: shard.job, tokens: first.send.promptTokens, priority };
}

/** Failures are counted for each step by itself: a file that is never seen is uploaded without a fault each time. */
export function stepName(key: string, { number }: ShardSend, step: Step): string {
  return `${key}/${number}/${step}`;
}

/** Older jobs come first, then earlier runs, then the shards in the order of their rows. */
export function inOrder(shards: readonly Shard[], jobs: readonly RequestJob[]): Shard[] {
  const created = new Map(jobs.map(({ id, createdAt }) => [id, Date.parse(createdAt)]));
  const age = ({ job }: Shard) => created.get(job) ?? 0;
  return shards.toSorted((a, b) => age(a) - age(b) || a.run - b.run || a.shard - b.shard);
}
