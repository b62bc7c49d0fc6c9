import { type MessageBatch, requestsOf } from "./message-batch.ts";

type Metadata = Record<string, string>;

/**
 * The Messages API keeps no metadata of a batch: what was said of it at its creation is remembered here, as long as the
 * process lives. A creation that was not answered is told by what the list shows: a batch that was not there before it
 * was sent, of as many requests, that nobody else of this process created.
 */
export interface BatchIdentity {
  created(id: string, metadata: Metadata): void;
  /** @param before ids that the list showed before the call was sent */
  unanswered(creation: { metadata: Metadata; requests: number; before: ReadonlySet<string> }): void;
  metadataOf(batch: MessageBatch): Metadata | null;
}

export function batchIdentity(): BatchIdentity {
  const known = new Map<string, Metadata>();
  const open: { metadata: Metadata; requests: number; before: ReadonlySet<string> }[] = [];
  return {
    created: (id, metadata) => {
      known.set(id, metadata);
      const text = JSON.stringify(metadata);
      const at = open.findIndex((one) => JSON.stringify(one.metadata) === text);
      if (at >= 0) open.splice(at, 1);
    },
    unanswered: (creation) => void open.push(creation),
    metadataOf: (batch) => {
      const mine = known.get(batch.id);
      if (mine !== undefined) return mine;
      const at = open.findIndex(
        ({ requests, before }) => requests === requestsOf(batch) && !before.has(batch.id),
      );
      if (at < 0) return null;
      const [{ metadata }] = open.splice(at, 1) as [(typeof open)[number]];
      known.set(batch.id, metadata);
      return metadata;
    },
  };
}
