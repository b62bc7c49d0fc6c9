import { type Batch, isFinished } from "../../../shared/batch-api/batch.ts";
import { isSendOver, type Shard, type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";

/** What listed batches are to us. */
export type Sighting =
  /** Of a send: the batch to hold to, where it is in the list, and others that were created for the same send. */
  | { kind: "send"; key: string; send: number; hold: Batch | undefined; others: Batch[] }
  /** Of this installation, and of no send that is known here. */
  | { kind: "stray"; key: string; batch: Batch };

/**
 * Tells the batches of a list apart by their metadata. Pure, so that what is done about two batches of one send can be
 * tried with any list.
 * @param labelOf a send's metadata
 */
export function readList(
  batches: readonly Batch[],
  shards: readonly Shard[],
  { installation, labelOf }: { installation: string; labelOf: (shard: Shard, send: ShardSend) => string },
): Sighting[] {
  const sends = new Map<string, { key: string; shard: Shard; send: ShardSend }>();
  const labels = new Map<string, string>();
  for (const shard of shards) {
    for (const send of shard.sends) {
      if (send.kind === "duplicate" || send.kind === "online" || send.content === null) continue;
      const label = labelOf(shard, send);
      sends.set(label, { key: shardKey(shard), shard, send });
      if (send.batch !== null) labels.set(send.batch.id, label);
    }
  }
  const duplicates = new Set(
    shards.flatMap((shard) =>
      shard.sends.flatMap(({ kind, batch }) => (kind === "duplicate" ? [batch!.id] : [])),
    ),
  );
  // A provider may keep no metadata: then a batch is known by its id alone.
  const labelIn = ({ metadata, id }: Batch) => {
    if (duplicates.has(id)) return undefined;
    if (metadata?.installation === installation) return labelText(metadata);
    return metadata ? undefined : labels.get(id);
  };
  const ours = batches.filter((batch) => labelIn(batch) !== undefined);
  return [...Map.groupBy(ours, (batch) => labelIn(batch)!)].flatMap(([label, group]): Sighting[] => {
    const found = sends.get(label);
    if (found === undefined) return group.map((batch) => ({ kind: "stray", key: keyOf(batch), batch }));
    return [{ kind: "send", key: found.key, send: found.send.number, ...holdTo(found.send, group) }];
  });
}

/**
 * Of several batches of one send the eldest is held to and the others are ended, so that everyone who looks chooses the same
 * one; but for a batch that has ended, with which nothing better can be done than to keep it. Batches that failed hold
 * nothing and cost nothing: they are no second ones.
 */
function holdTo(send: ShardSend, group: readonly Batch[]): { hold: Batch | undefined; others: Batch[] } {
  const { batch } = send;
  const mine = group.find(({ id }) => id === batch?.id);
  const living = group.filter(({ id, status }) => id === batch?.id || status !== "failed").sort(byAge);
  if (batch === null) {
    const [hold = group[0], ...others] = living;
    return { hold, others };
  }
  const others = living.filter((one) => one !== mine);
  const settled = isSendOver(send) || (mine !== undefined && isFinished(mine));
  const elder = settled ? undefined : others.find((one) => one.created_at < batch.createdAt);
  if (elder === undefined) return { hold: mine, others };
  return { hold: elder, others: others.filter((one) => one !== elder) };
}

/** The elder first; of the same second the one of the smaller id, so that everyone chooses the same. */
function byAge(a: Batch, b: Batch): number {
  return a.created_at - b.created_at || (a.id < b.id ? -1 : 1);
}

/** Metadata as one text: equal texts are equal metadata. */
export function labelText(metadata: Record<string, string>): string {
  const { installation, job, run, shard, attempt, sha256 } = metadata;
  return JSON.stringify([installation, job, run, shard, attempt, sha256]);
}

function keyOf({ metadata }: Batch): string {
  return `${metadata?.job}.${metadata?.run}.${metadata?.shard}`;
}
