import { type Batch, isFinished } from "../../../shared/batch-api/batch.ts";
import { newSend } from "../../../shared/batch-lane/new-send.ts";
import {
  type BatchSeen,
  isSendOver,
  LOST,
  type Shard,
  type ShardSend,
  shardKey,
} from "../../../shared/contracts/shard.ts";
import { log } from "../../../shared/runtime/log.ts";
import { nextNumber } from "../collecting/after-collection.ts";
import * as metrics from "../metrics.ts";
import type { Account } from "../routes/account.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { accepted } from "../routes/token-limit.ts";
import { metadataOf } from "../steps/send-label.ts";
import { batchSeen } from "./batch-seen.ts";
import { labelText, readList, type Sighting } from "./listed-batches.ts";

const EDITS_AT_ONCE = 16;
/** Of a batch's rows. */
const WORTH_A_WRITE = 0.2;

/**
 * Keeps what batches look like now: of sends that are known, that were looked for, or that were created twice.
 * @returns the ids of those that belong to a send
 */
export async function seeBatches(
  context: RouteContext,
  { account, jobs }: { account: Account; jobs: ReadonlySet<string> },
  batches: readonly Batch[],
): Promise<Set<string>> {
  const { routeShards, installation } = context;
  const shards = routeShards.all().filter(({ job }) => jobs.has(job));
  const labelOf = (shard: Shard, send: ShardSend) => labelText(metadataOf(installation, shard, send));
  const seen = new Set<string>();
  const sightings = readList(batches, shards, { installation, labelOf });
  for (let at = 0; at < sightings.length; at += EDITS_AT_ONCE) {
    await Promise.all(
      sightings.slice(at, at + EDITS_AT_ONCE).map(async (sighting) => {
        if (sighting.kind === "stray") await endStray(context, account, sighting);
        else await seeSend(context, sighting, seen);
      }),
    );
  }
  await seeDuplicates(context, shards, batches, seen);
  return seen;
}

async function seeSend(
  { routeShards, route, tokens }: RouteContext,
  { key, send: number, hold, others }: Sighting & { kind: "send" },
  seen: Set<string>,
): Promise<void> {
  for (const { id } of [...(hold ? [hold] : []), ...others]) seen.add(id);
  const shard = routeShards.get(key);
  const send = shard?.sends.find((one) => one.number === number);
  if (shard === undefined || send === undefined) return;
  if (!changes(send, hold) && others.length === 0) return;
  if (isMoreOfTheSame(send, hold) && others.length === 0)
    return routeShards.note(key, withSight(shard, number, hold, []));
  if (send.batch?.status === "validating" && hold?.status === "in_progress") accepted(tokens);
  await routeShards.edit(key, (now) => withSight(now, number, hold, others));
  for (const { id } of others) {
    metrics.duplicateBatches.labels(route).inc();
    log().warn(
      { job: shard.job, shard: shard.shard, batch: id },
      "a batch was created twice for one send: the younger one is cancelled",
    );
  }
}

function changes(send: ShardSend, hold: Batch | undefined): boolean {
  if (hold === undefined) return false;
  // One that was given up is taken up again: what it has done is paid.
  if (isSendOver(send)) return send.batch?.status === LOST && send.batch.id === hold.id;
  if (send.state === "created" || send.missing !== null) return true;
  return JSON.stringify(send.batch) !== JSON.stringify(batchSeen(hold));
}

/** Only the counts of a batch that goes on have changed, by little: not worth a write for each of many batches. */
function isMoreOfTheSame(send: ShardSend, hold: Batch | undefined): boolean {
  if (hold === undefined || send.batch === null || send.state !== "polled" || send.missing !== null)
    return false;
  const { total, completed, failed, ...now } = batchSeen(hold);
  const { total: before, completed: answered, failed: refused, ...known } = send.batch;
  if (JSON.stringify(now) !== JSON.stringify(known) || total !== before) return false;
  return completed + failed - answered - refused < total * WORTH_A_WRITE;
}

/** The shard with what was seen of a send's batches. */
function withSight(shard: Shard, number: number, hold: Batch | undefined, others: readonly Batch[]): Shard {
  const send = shard.sends.find((one) => one.number === number)!;
  const left: BatchSeen[] = others.map(batchSeen);
  let sends = shard.sends;
  if (changes(send, hold)) {
    // The elder one is kept: what was held to so far is the second one.
    if (send.batch !== null && send.batch.id !== hold!.id) left.push(send.batch);
    sends = sends.map((one) => (one.number === number ? { ...one, ...sightOf(one, hold!) } : one));
  }
  const known = new Set(sends.flatMap(({ batch }) => (batch === null ? [] : [batch.id])));
  for (const batch of left) {
    if (known.has(batch.id)) continue;
    sends = [...sends, duplicateOf({ ...shard, sends }, send, batch)];
  }
  return { ...shard, sends };
}

function sightOf(send: ShardSend, batch: Batch): Partial<ShardSend> {
  const nowMs = Date.now();
  return {
    state: "polled",
    batch: batchSeen(batch),
    missing: null,
    sentAtMs: send.sentAtMs ?? nowMs,
    endedAtMs: isFinished(batch) ? (send.endedAtMs ?? nowMs) : null,
  };
}

function duplicateOf(shard: Shard, send: ShardSend, batch: BatchSeen): ShardSend {
  const { attempt, lines, rows, promptTokens, content, file } = send;
  const number = nextNumber(shard);
  const fresh = newSend({ number, kind: "duplicate", attempt, lines, rows, promptTokens });
  return { ...fresh, content, file, batch, state: "polled", sentAtMs: Date.now() };
}

/** Those that are being ended carry another send's metadata: they are known by their ids. */
async function seeDuplicates(
  { routeShards }: RouteContext,
  shards: readonly Shard[],
  batches: readonly Batch[],
  seen: Set<string>,
): Promise<void> {
  const byId = new Map(batches.map((batch) => [batch.id, batch]));
  for (const known of shards) {
    // As it stands after what was seen of its other sends.
    const shard = routeShards.get(shardKey(known)) ?? known;
    for (const send of shard.sends) {
      const batch = send.kind === "duplicate" && send.batch ? byId.get(send.batch.id) : undefined;
      if (batch === undefined) continue;
      seen.add(batch.id);
      const key = `${shard.job}.${shard.run}.${shard.shard}`;
      if (changes(send, batch)) await routeShards.editSend(key, send.number, (now) => sightOf(now, batch));
    }
  }
}

/** A batch of ours that no entry tells of: of a shard that is settled or gone, created by somebody who slept. */
async function endStray(
  { routeShards, route }: RouteContext,
  { api }: Account,
  { key, batch }: Sighting & { kind: "stray" },
): Promise<void> {
  if (batch.status !== "validating" && batch.status !== "in_progress") return;
  // Another route's, or one that is only just being built.
  if (await routeShards.exists(key)) return;
  metrics.strayBatches.labels(route).inc();
  log().warn(
    { batch: batch.id, shard: key },
    "a batch of this installation belongs to no shard: it is cancelled",
  );
  await api.cancelBatch(batch.id).catch(() => {});
}
