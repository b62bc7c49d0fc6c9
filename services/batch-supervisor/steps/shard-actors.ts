import { BatchApiError } from "../../../shared/batch-api/fault.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isSettled, type Shard, type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Accounts } from "../routes/accounts.ts";
import { isEnqueued } from "../routes/enqueued.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { limitOf, noRoom } from "../routes/token-limit.ts";
import { sendsThatFit } from "../routes/token-queue.ts";
import { nextStep, type Step } from "./next-step.ts";
import { splitSend } from "./split-send.ts";
import { standingOf } from "./standing.ts";
import { haltJob, stepFault } from "./step-fault.ts";
import { takeStep } from "./take-step.ts";
import { Tries } from "./tries.ts";

/** The shards of a route, each an actor of its own: at most one step of it is under way. */
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

const IN_PARALLEL = 8;
/** Uploads that wait to become batches: where few tokens may be enqueued there is no point in having many. */
const UPLOADED_AHEAD = 8;
/** Failures in a row after which a person is told. */
const TOLD_AFTER = 3;
/** A job that is being halted is not worked on meanwhile. */
const HALTING_MS = 5_000;
const NO_ACCOUNT_MS = 5_000;

/** What is worth doing first, where a shard has several sends. */
const URGENCY: Step[] = ["collect", "cancel", "finish", "drop", "publish", "create", "upload"];

interface Chosen {
  key: string;
  shard: Shard;
  send: ShardSend;
  entry: RequestJob;
  step: Step;
  job: string;
  tokens: number;
  priority: number;
}

export function openShardActors(options: ActorOptions): ShardActors {
  const { context, accounts, parallelUploads } = options;
  const { book, jobs, tokens, signal } = context;
  const tries = new Tries();
  const busy = new Map<string, { step: Step; send: number; done: Promise<void> }>();

  const choose = (shard: Shard): Chosen | undefined => {
    const key = shardKey(shard);
    const entry = jobs.get(shard.job);
    if (entry === undefined || busy.has(key) || isSettled(shard)) return undefined;
    const standing = standingOf(shard, entry);
    const nowMs = performance.now();
    const steps = shard.sends.flatMap((send) => {
      const step = nextStep(shard, send, standing);
      return step !== undefined && tries.mayTry(nameOf(key, send, step), nowMs) ? [{ send, step }] : [];
    });
    const first = steps.sort((a, b) => URGENCY.indexOf(a.step) - URGENCY.indexOf(b.step))[0];
    const { priority } = entry.spec.dispatch;
    return (
      first && { key, shard, entry, ...first, job: shard.job, tokens: first.send.promptTokens, priority }
    );
  };
  const begin = ({ key, shard, send, entry, step }: Chosen) => {
    const name = nameOf(key, send, step);
    const found = accounts.of(entry);
    if ("fault" in found) {
      tries.failed(name, { waitMs: NO_ACCOUNT_MS }, performance.now());
      const halt = { kind: "halt", state: "paused", code: found.code, message: found.fault } as const;
      if (entry.state === "running") void haltJob(context, entry, [], halt);
      return;
    }
    const done = take(name, { key, shard, send, entry, account: found.account }, step).finally(() => {
      busy.delete(key);
      options.onStep();
    });
    busy.set(key, { step, send: send.number, done });
  };
  const take = async (name: string, work: Work, step: Step) => {
    const { entry, account, shard } = work;
    try {
      const standing = standingOf(shard, entry);
      const halt = await takeStep(context, work, step, { standing, failures: tries.failures(name) });
      tries.succeeded(name);
      if (halt === undefined) return;
      // The send may be ready to be created again before the job has paused.
      const { key, send } = work;
      tries.rest(nameOf(key, send, "create"), { waitMs: HALTING_MS }, performance.now());
      void haltJob(context, entry, account.secrets, halt);
    } catch (error) {
      if (!signal.aborted) await failed(name, work, step, error);
    }
  };
  const failed = async (
    name: string,
    { key, shard, send, entry, account }: Work,
    step: Step,
    error: unknown,
  ) => {
    const missing = { sinceMs: Date.now() - (send.endedAtMs ?? Date.now()), mostMs: context.resultsWaitMs };
    const fault = stepFault(error, step, tries.failures(name) + 1, missing);
    tries.failed(name, fault, performance.now());
    const facts = { job: shard.job, shard: shard.shard, step, waitMs: fault.waitMs };
    log().warn({ ...facts, error: messageOf(error) }, "a step of a batch is to be taken again");
    if (step === "create") options.onUncertain();
    if (error instanceof BatchApiError && error.fault.kind === "no_room") noRoom(tokens, performance.now());
    if (fault.newUpload)
      await book.editSend(key, send.number, ({ state }) =>
        state === "uploaded" ? { state: "built", file: null } : {},
      );
    if (fault.halt !== undefined && entry.state === "running")
      void haltJob(context, entry, account.secrets, fault.halt);
    // Who resumes the job begins anew; what is only looked for is looked for meanwhile.
    if (fault.halt !== undefined && step !== "collect") tries.rest(name, fault, performance.now());
    if (fault.sentence === undefined || tries.failures(name) !== TOLD_AFTER) return;
    const told = fault.sentence;
    await book.editSend(key, send.number, () => ({ fault: told })).catch(() => {});
  };

  const createThose = async (waiting: Chosen[]) => {
    const limit = limitOf(tokens);
    if (performance.now() < tokens.restUntilMs) return;
    const fitting: Chosen[] = [];
    for (const one of waiting) {
      if (limit === null || one.tokens <= limit) fitting.push(one);
      // A single line that is too large is tried as if it just fitted: the provider has the last word.
      else if (splitSend(one.shard, one.send, limit) === undefined) fitting.push({ ...one, tokens: limit });
      else {
        await book.edit(one.key, (shard) => splitSend(shard, one.send, limit));
        options.onStep();
      }
    }
    const enqueued = book.all().flatMap((shard) => {
      const creating = busy.get(shardKey(shard));
      return shard.sends.flatMap((send) =>
        isEnqueued(send) || (creating?.step === "create" && creating.send === send.number)
          ? [{ job: shard.job, tokens: send.promptTokens }]
          : [],
      );
    });
    for (const one of sendsThatFit(fitting, enqueued, limit)) if (busy.size < IN_PARALLEL) begin(one);
  };

  return {
    start: async () => {
      const order = ageOf(jobs.all());
      const shards = book
        .all()
        .sort((a, b) => order(a.job) - order(b.job) || a.run - b.run || a.shard - b.shard);
      const waiting: Chosen[] = [];
      for (const shard of shards) {
        const chosen = choose(shard);
        if (chosen === undefined) continue;
        const uploads = [...busy.values()].filter(({ step }) => step === "upload").length;
        if (chosen.step === "create") waiting.push(chosen);
        else if (chosen.step !== "upload") {
          if (busy.size - uploads < IN_PARALLEL) begin(chosen);
        } else if (uploads < parallelUploads && uploads + uploadedIn(shards) < UPLOADED_AHEAD) begin(chosen);
      }
      if (waiting.length > 0) await createThose(waiting);
    },
    idle: async () => {
      while (busy.size > 0) await Promise.allSettled([...busy.values()].map(({ done }) => done));
    },
  };
}

/** Failures are counted for each step by itself: a file that is never seen is uploaded without a fault each time. */
const nameOf = (key: string, { number }: ShardSend, step: Step) => `${key}/${number}/${step}`;

/** Older jobs come first. */
function ageOf(entries: readonly RequestJob[]): (job: string) => number {
  const created = new Map(entries.map(({ id, createdAt }) => [id, Date.parse(createdAt)]));
  return (job) => created.get(job) ?? 0;
}

function uploadedIn(shards: readonly Shard[]): number {
  return shards.reduce((sum, { sends }) => sum + sends.filter(({ state }) => state === "uploaded").length, 0);
}
