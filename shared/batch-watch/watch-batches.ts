import { type Batch, isOverTokenLimit } from "../batch-api/batch.ts";
import { BatchApiError } from "../batch-api/fault.ts";
import { findBatches } from "../batch-api/find-batches.ts";
import { CutShort } from "../batch-files/save-results.ts";
import { messageOf, UserError } from "../errors.ts";
import { pause } from "../pause.ts";
import { collectBatch } from "./collect-batch.ts";
import { inParallel } from "./in-parallel.ts";
import { lookAtBatches } from "./look-at-batches.ts";
import { planBatch, planRemainder } from "./plan-batch.ts";
import { resentBy } from "./resent-batch.ts";
import { noteChild, sendPart } from "./send-part.ts";
import { type Latest, takeBatches } from "./take-batches.ts";
import { TokenGate } from "./token-gate.ts";
import type { WatchContext } from "./watch-context.ts";
import { sentNote, waitNote } from "./watch-notes.ts";
import type { BatchRecord } from "./watch-state.ts";

/*
 * A watch goes round: it looks at the open batches, collects those that have ended, plans what of them is sent again, and
 * sends it, oldest first. Each step notes what it did before the next one begins, so that it can be broken off anywhere.
 */

export interface WatchOptions extends WatchContext {
  pollMs: number;
  /** After each round. */
  onRound(latest: Latest): void;
}

const COLLECTED_AT_ONCE = 4;
const LONGEST_REST_MS = 600_000;
const MOST_CUT = 10;

/** Resolves when every batch has ended and nothing is left to send. @throws BatchApiError, UserError; the signal's reason */
export async function watchBatches(options: WatchOptions): Promise<void> {
  const { state, signal, pollMs, note } = options;
  const latest: Latest = new Map();
  const gate = new TokenGate(pollMs, Math.max(pollMs, LONGEST_REST_MS));
  let failures = 0;
  for (let first = true; ; ) {
    signal?.throwIfAborted();
    try {
      await look(options, latest, gate, first);
      first = false;
      await settle(options);
      await send(options, latest, gate);
      options.onRound(latest);
      if (state.all().every(isThrough)) return;
      failures = 0;
      await pause(jittered(pollMs), signal);
    } catch (error) {
      if (!passes(error, failures)) throw error;
      const restMs = Math.min(pollMs * 2 ** failures++, Math.max(pollMs, LONGEST_REST_MS));
      note(`${messageOf(error)} The watch goes on in ${(restMs / 1000).toFixed(restMs < 10_000 ? 1 : 0)} s.`);
      await pause(jittered(restMs), signal);
    }
  }
}

/** Who watches for days outlives an hour without a network, but not a file that never comes whole. */
function passes(error: unknown, failures: number): boolean {
  if (error instanceof UserError) return error.cause instanceof CutShort && failures < MOST_CUT;
  return error instanceof BatchApiError && (error.fault.kind === "retry" || error.fault.kind === "wait");
}

async function look(options: WatchOptions, latest: Latest, gate: TokenGate, first: boolean): Promise<void> {
  const { api, state, signal, note } = options;
  const open = state.all().filter(({ ended, unknown }) => ended === null && !unknown);
  const { seen, unknown } = await lookAtBatches(
    api,
    open.map(({ id }) => id),
    signal,
  );
  const before = new Map(latest);
  const ended = await takeBatches(options, latest, seen);
  for (const id of unknown) {
    note(`Batch ${id} is unknown to the provider with this key: nothing of it can be fetched.`);
    await state.save({ ...state.get(id)!, unknown: true });
  }
  if (first) await adoptOlder(options, latest);
  for (const batch of ended) {
    if (!isOverTokenLimit(batch)) gate.roomMade();
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

/** Batches of earlier starts, where what they noted is lost: none is older than the first of those that were given. */
async function adoptOlder(options: WatchOptions, latest: Latest): Promise<void> {
  const { api, state, signal } = options;
  const created = state.all().flatMap(({ id, ended }) => (latest.get(id) ?? ended)?.created_at ?? []);
  if (created.length === 0) return;
  const seen: Batch[] = [];
  const notBefore = created.reduce((earliest, one) => Math.min(earliest, one));
  for await (const batch of findBatches(api, { notBefore, signal })) {
    if (state.get(batch.id) ?? resentBy(batch)) seen.push(batch);
  }
  await takeBatches(options, latest, seen);
}

/** Collects and plans what has ended; those last whose requests can be told by all others alone. */
async function settle(options: WatchOptions): Promise<void> {
  const { api, state, signal } = options;
  const toCollect = state.all().filter(({ ended, results }) => ended !== null && results === null);
  await inParallel(toCollect, COLLECTED_AT_ONCE, async (record) => {
    await collectBatch(api, state, state.get(record.id)!, signal);
  });
  const later: BatchRecord[] = [];
  for (const record of state.all()) {
    if (record.results === null || record.parts !== null) continue;
    signal?.throwIfAborted();
    if (!(await planBatch(options, record))) later.push(record);
  }
  const rest = state.all().filter((record) => !isThrough(record));
  if (rest.length > later.length) return;
  for (const record of later) await planRemainder(options, record);
}

async function send(options: WatchOptions, latest: Latest, gate: TokenGate): Promise<void> {
  const { state } = options;
  const sent: { parent: string; requests: number; batch: string }[] = [];
  try {
    for (const { id: parent, parts } of state.all()) {
      for (const [number, { child, requests }] of (parts ?? []).entries()) {
        options.signal?.throwIfAborted();
        const known = child ?? state.childOf(parent, number)?.id;
        if (known === undefined) {
          if (!gate.mayCreate(Date.now(), validating(latest))) return;
          const batch = await sendPart(options, parent, number);
          latest.set(batch.id, batch);
          sent.push({ parent, requests, batch: batch.id });
        } else if (child === null) await noteChild(state, parent, number, known);
      }
    }
  } finally {
    const sentence = sentNote(sent);
    if (sentence !== undefined) options.note(sentence);
  }
}

function validating(latest: Latest): number {
  return [...latest.values()].filter(({ status }) => status === "validating").length;
}

function isThrough({ unknown, ended, results, parts }: BatchRecord): boolean {
  return (
    unknown || (ended !== null && results !== null && (parts?.every(({ child }) => child !== null) ?? false))
  );
}

function jittered(ms: number): number {
  return ms * (0.9 + Math.random() * 0.2);
}
