import type { Batch } from "../../../shared/batch-api/batch.ts";
import { BatchApiError, passes } from "../../../shared/batch-api/fault.ts";
import { findBatches } from "../../../shared/batch-api/find-batches.ts";
import { isHeldOut } from "../../../shared/batch-policy/failed-batch.ts";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { pause } from "../../../shared/timing/pause.ts";
import { CutShort } from "../../batch-files/save-results.ts";
import { Elsewhere } from "../planning/elsewhere.ts";
import { planBatch, planRemainder } from "../planning/plan-batch.ts";
import { planMissing, requestsAreKnown } from "../planning/plan-missing.ts";
import { jobOf, runOf } from "../planning/resend-policy.ts";
import { noteChild, sendPart } from "../sending/send-part.ts";
import { TokenGate } from "../sending/token-gate.ts";
import { collectBatch } from "./collect-batch.ts";
import { inParallel } from "./in-parallel.ts";
import { lookAtBatches } from "./look-at-batches.ts";
import { resentBy } from "./resent-batch.ts";
import { takeBatches } from "./take-batches.ts";
import type { WatchContext } from "./watch-context.ts";
import { type SentPart, sentNotes, unknownNote, unnamedNote, waitNote } from "./watch-notes.ts";
import type { BatchRecord } from "./watch-state.ts";

/*
 * A watch goes round: it looks at the open batches, collects those that have ended, plans what of them is sent again, and
 * sends it, oldest first. Each step notes what it did before the next one begins, so that it can be broken off anywhere.
 */

export interface WatchOptions extends Omit<WatchContext, "latest" | "elsewhere" | "hold"> {
  /** Equal custom_ids of two batches are one request: it is not sent again where another batch takes care of it. */
  merged: boolean;
  pollMs: number;
  /** After each round. */
  onRound(latest: WatchContext["latest"]): void;
}

const COLLECTED_AT_ONCE = 4;
const LONGEST_REST_MS = 600_000;
const MOST_CUT = 10;
/** Of rounds in a row in which a file that was uploaded is not seen. */
const MOST_UNSEEN = 5;

/** Resolves when every batch has ended and nothing is left to send. @throws BatchApiError, UserError; the signal's reason */
export async function watchBatches(options: WatchOptions): Promise<void> {
  const { state, signal, pollMs, note } = options;
  const context = {
    ...options,
    latest: new Map<string, Batch>(),
    hold: { reason: undefined as string | undefined },
    elsewhere: options.merged ? new Elsewhere() : undefined,
  };
  const gate = new TokenGate(pollMs, Math.max(pollMs, LONGEST_REST_MS));
  let failures = 0;
  let revision = 0;
  for (let first = true; ; ) {
    signal?.throwIfAborted();
    try {
      await look(context, gate, first);
      first = false;
      await settle(context);
      await send(context, gate);
      options.onRound(context.latest);
      if (state.all().every((record) => isThrough(record, context.hold.reason !== undefined))) return;
      failures = 0;
      await pause(jittered(pollMs), signal);
    } catch (error) {
      // Who gets on, if slowly, need not wait longer and longer.
      if (state.revision > revision) failures = 0;
      revision = state.revision;
      if (!goesOn(error, failures)) throw error;
      if (error instanceof BatchApiError && error.fault.kind === "no_room") gate.refused(Date.now());
      const restMs = Math.min(pollMs * 2 ** failures++, Math.max(pollMs, LONGEST_REST_MS));
      note(`${messageOf(error)} The watch goes on in ${(restMs / 1000).toFixed(restMs < 10_000 ? 1 : 0)} s.`);
      await pause(jittered(restMs), signal);
    }
  }
}

/** Who watches for days outlives an hour without a network, but not a file that never comes whole. */
function goesOn(error: unknown, failures: number): boolean {
  if (error instanceof UserError)
    return error.cause instanceof CutShort ? failures < MOST_CUT : goesOn(error.cause, failures);
  if (error instanceof BatchApiError && error.fault.kind === "not_ready") return failures < MOST_UNSEEN;
  return passes(error);
}

async function look(context: WatchContext, gate: TokenGate, first: boolean): Promise<void> {
  const { api, state, latest, signal, note } = context;
  const open = state.all().filter(({ ended, unknown }) => ended === null && !unknown);
  const { seen, unknown } = await lookAtBatches(
    api,
    open.map(({ id }) => id),
    signal,
  );
  const before = new Map(latest);
  const ended = await takeBatches(context, seen);
  if (unknown.length > 0) note(unknownNote(unknown));
  for (const id of unknown) await state.save({ ...state.get(id)!, unknown: true });
  if (first) {
    await adoptOlder(context);
    noteJobs(context);
  }
  for (const batch of ended) {
    if (!isHeldOut(batch)) gate.roomMade();
    else {
      if (!gate.isClosed) note(waitNote(batch));
      gate.refused(Date.now());
    }
  }
  const accepted = seen.some(
    ({ id, status }) => before.get(id)?.status === "validating" && status === "in_progress",
  );
  if (accepted) gate.accepted();
}

/** What belongs to a job is sent again by its own supervisor, which knows nothing of this watch. */
function noteJobs({ state, latest, policy, note }: WatchContext): void {
  const jobs = state.all().flatMap(({ id, ended }) => jobOf(latest.get(id) ?? ended ?? {}) ?? []);
  if (jobs.length === 0 || policy.ofJobs) return;
  note(
    `${jobs.length} of these batches belong to the job ${jobs[0]} of an Assay system, which sends again by itself what they leave, so that nothing of them is sent from here: if that system is gone for good, give --resubmit expired,cancelled,failed,errors.`,
  );
}

/**
 * Batches of earlier starts, where what they noted is lost, and those of the same run of a job that nobody had written down
 * when its system ended: none is older than the first of those that were given.
 */
async function adoptOlder(context: WatchContext): Promise<void> {
  const { api, state, latest, signal } = context;
  const known = state.batches().flatMap(({ id, ended }) => latest.get(id) ?? ended ?? []);
  if (known.length === 0) return;
  // Where each batch has an output of its own there is none for these.
  const runs = new Set(context.elsewhere && known.flatMap((batch) => runOf(batch) ?? []));
  const seen: Batch[] = [];
  const unnamed: string[] = [];
  const notBefore = known.reduce((earliest, { created_at }) => Math.min(earliest, created_at), Infinity);
  for await (const batch of findBatches(api, { notBefore, signal })) {
    if (state.get(batch.id) === undefined && runs.has(runOf(batch) ?? "")) {
      await state.addRoot(batch.id);
      unnamed.push(batch.id);
    }
    if (state.get(batch.id) ?? resentBy(batch)) seen.push(batch);
  }
  if (unnamed.length > 0) context.note(unnamedNote(unnamed));
  await takeBatches(context, seen);
}

/** Collects and plans what has ended; those last whose requests can be told by all others alone. */
async function settle(context: WatchContext): Promise<void> {
  const { api, state, signal } = context;
  const toCollect = state.all().filter(({ ended, results }) => ended !== null && results === null);
  await inParallel(toCollect, COLLECTED_AT_ONCE, async (record) => {
    await collectBatch(api, state, state.get(record.id)!, signal);
  });
  const later: BatchRecord[] = [];
  for (const record of state.batches()) {
    if (record.results === null || record.parts !== null) continue;
    signal?.throwIfAborted();
    if (!(await planBatch(context, record))) later.push(record);
  }
  const rest = state.batches().filter((record) => !isThrough(record, false));
  if (rest.length === later.length) for (const record of later) await planRemainder(context, record);
  await settleDataset(context);
}

/** Where its rows are to be sent that stand in none of the batches, that need not wait for the batches' ends. */
async function settleDataset(context: WatchContext): Promise<void> {
  const { state, policy } = context;
  const dataset = state.all().find(({ ofDataset, parts }) => ofDataset && parts === null);
  if (dataset === undefined) return;
  const unplanned = state.batches().filter(({ unknown, parts }) => !unknown && parts === null);
  const mayBegin =
    unplanned.length === 0 || (policy.kinds.has("missing") && (await requestsAreKnown(context, unplanned)));
  if (mayBegin) await planMissing(context, dataset);
}

async function send(context: WatchContext, gate: TokenGate): Promise<void> {
  const { state, latest } = context;
  if (context.hold.reason !== undefined) return;
  const sent: SentPart[] = [];
  try {
    for (const { id: parent, ofDataset, parts } of state.all()) {
      for (const [number, { child, requests }] of (parts ?? []).entries()) {
        context.signal?.throwIfAborted();
        const known = child ?? state.childOf(parent, number)?.id;
        if (known === undefined) {
          if (!gate.mayCreate(Date.now(), validating(latest))) return;
          const batch = await sendPart(context, parent, number);
          latest.set(batch.id, batch);
          sent.push({ parent, ofDataset, requests, batch: batch.id });
        } else if (child === null) await noteChild(state, parent, number, known);
      }
    }
  } finally {
    for (const sentence of sentNotes(sent)) context.note(sentence);
  }
}

function validating(latest: WatchContext["latest"]): number {
  return [...latest.values()].filter(({ status }) => status === "validating").length;
}

/** @param onHold nothing is sent in this start any more */
function isThrough({ unknown, ended, results, parts }: BatchRecord, onHold: boolean): boolean {
  const isSent = parts?.every(({ child }) => onHold || child !== null) ?? false;
  return unknown || (ended !== null && results !== null && isSent);
}

function jittered(ms: number): number {
  return ms * (0.9 + Math.random() * 0.2);
}
