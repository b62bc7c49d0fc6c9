import { type Shard, shardKey } from "../../../shared/contracts/shard.ts";
import { type Chosen, chooseStep, inOrder, stepName } from "../choosing/choose-step.ts";
import { type Busy, creations } from "../choosing/creations.ts";
import { mayBegin } from "../choosing/may-begin.ts";
import type { Step } from "../choosing/next-step.ts";
import { splitSend } from "../choosing/split-send.ts";
import { standingOf } from "../choosing/standing.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { limitOf } from "../routes/token-limit.ts";
import { noteFault } from "./note-fault.ts";
import { haltJob } from "./step-fault.ts";
import { takeStep } from "./take-step.ts";
import { Tries } from "./tries.ts";

/*
 * The shards of a route, each an actor of its own: at most one step of it is under way. All that must survive is in the
 * shards' entries; what is held here is which steps are under way and which failed a moment ago.
 *
 * | a step | becomes | when |
 * |---|---|---|
 * | is the next of its shard (choosing/next-step.ts) | chosen (choosing/choose-step.ts) | no other step of the shard is under way, and it has not failed a moment ago |
 * | is chosen | begun (choosing/may-begin.ts; batches: choosing/creations.ts) | there is a place and, for a new batch, there are tokens; what finds none is chosen anew the next time |
 * | is under way | taken | the shard's entry says what came of it |
 * | is under way | failed (note-fault.ts) | it waits, longer each time; its job may halt, and a person may be told |
 */
export interface ShardActors {
  /** Starts every step that can be taken now. */
  start(): Promise<void>;
  /** Resolves when no step is under way. */
  idle(): Promise<void>;
}

export interface ActorOptions {
  context: RouteContext;
  accounts: Accounts;
  parallelUploads: number;
  /** A step has ended. */
  onStep: () => void;
  /** It is not known whether a batch was created. */
  onUncertain: () => void;
}

/** A job that is being halted is not worked on meanwhile. */
const HALTING_MS = 5_000;
const NO_ACCOUNT_MS = 5_000;

export function openShardActors(options: ActorOptions): ShardActors {
  const { context, accounts, parallelUploads, onStep } = options;
  const { routeShards, jobs, tokens } = context;
  const tries = new Tries();
  const busy = new Map<string, Busy & { done: Promise<void> }>();

  const choose = (shard: Shard) =>
    busy.has(shardKey(shard))
      ? undefined
      : chooseStep(shard, jobs.get(shard.job), (name) => tries.mayTry(name, performance.now()));
  const begin = ({ key, shard, send, entry, step }: Chosen) => {
    const found = accounts.of(entry);
    if ("fault" in found) {
      tries.failed(stepName(key, send, step), { waitMs: NO_ACCOUNT_MS }, performance.now());
      const halt = { kind: "halt", state: "paused", code: found.code, message: found.fault } as const;
      if (entry.state === "running") void haltJob(context, entry, [], halt);
      return;
    }
    const work = { key, shard, send, entry, account: found.account };
    const done = takeSafely(options, tries, work, step).finally(() => {
      busy.delete(key);
      onStep();
    });
    busy.set(key, { step, send: send.number, done });
  };
  const stepsUnderWay = () => [...busy.values()].map(({ step }) => step);
  const beginIfMay = (chosen: Chosen, shards: readonly Shard[]) => {
    const underWay = { steps: stepsUnderWay(), uploaded: uploadedIn(shards), parallelUploads };
    if (mayBegin(chosen.step, underWay)) begin(chosen);
  };
  const createThose = async (waiting: Chosen[]) => {
    if (performance.now() < tokens.restUntilMs) return;
    const limit = limitOf(tokens);
    const { create, split } = creations(waiting, routeShards.all(), busy, limit);
    for (const one of split) {
      await routeShards.edit(one.key, (shard) => splitSend(shard, one.send, one.most));
      onStep();
    }
    for (const one of create) beginIfMay(one, []);
  };

  return {
    start: async () => {
      const shards = inOrder(routeShards.all(), jobs.all());
      const waiting: Chosen[] = [];
      for (const shard of shards) {
        const chosen = choose(shard);
        if (chosen?.step === "create") waiting.push(chosen);
        else if (chosen !== undefined) beginIfMay(chosen, shards);
      }
      if (waiting.length > 0) await createThose(waiting);
    },
    idle: async () => {
      while (busy.size > 0) await Promise.allSettled([...busy.values()].map(({ done }) => done));
    },
  };
}

/** Takes a step; what goes wrong is noted with its send. */
async function takeSafely(
  { context, onUncertain }: ActorOptions,
  tries: Tries,
  work: Work,
  step: Step,
): Promise<void> {
  const { key, shard, send, entry, account } = work;
  const name = stepName(key, send, step);
  try {
    const standing = standingOf(shard, entry);
    const halt = await takeStep(context, work, step, { standing, failures: tries.failures(name) });
    tries.succeeded(name);
    if (halt === undefined) return;
    // The send may be ready to be created again before the job has paused.
    tries.rest(stepName(key, send, "create"), { waitMs: HALTING_MS }, performance.now());
    void haltJob(context, entry, account.secrets, halt);
  } catch (error) {
    if (context.signal.aborted) return;
    if (step === "create") onUncertain();
    await noteFault(context, tries, { name, step, work }, error);
  }
}

function uploadedIn(shards: readonly Shard[]): number {
  return shards.reduce((sum, { sends }) => sum + sends.filter(({ state }) => state === "uploaded").length, 0);
}
