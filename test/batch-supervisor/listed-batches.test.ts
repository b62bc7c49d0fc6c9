import { expect, test } from "vitest";
import { labelText, readList } from "../../services/batch-supervisor/polling/listed-batches.ts";
import { metadataOf } from "../../services/batch-supervisor/steps/send-label.ts";
import type { Batch } from "../../shared/batch-api/batch.ts";
import type { Shard, ShardSend } from "../../shared/contracts/shard.ts";
import { someSend, someShard } from "./some-shard.ts";

const US = "us";
const labelOf = (shard: Shard, send: ShardSend) => labelText(metadataOf(US, shard, send));

function listed(id: string, created_at: number, change: Partial<Batch> = {}): Batch {
  const send = someSend();
  const metadata = metadataOf(US, someShard([send]), send);
  const status = "in_progress";
  return {
    id,
    status,
    endpoint: "/v1/chat/completions",
    input_file_id: "file-1",
    created_at,
    metadata,
    ...change,
  };
}

const read = (send: ShardSend, batches: Batch[]) =>
  readList(batches, [someShard([send])], { installation: US, labelOf }).map((sighting) =>
    sighting.kind === "stray"
      ? `stray ${sighting.batch.id}`
      : `hold ${sighting.hold?.id}, end ${sighting.others.map(({ id }) => id)}`,
  );

const known = someSend({ state: "polled" });
const intended = someSend({ state: "intended", batch: null });
test.each<[what: string, send: ShardSend, batches: Batch[], sightings: string[]]>([
  ["its batch is held to", known, [listed("batch_1", 1000)], ["hold batch_1, end "]],
  ["one that was looked for is found", intended, [listed("batch_9", 1000)], ["hold batch_9, end "]],
  [
    "of two that were looked for the elder is kept",
    intended,
    [listed("b", 1001), listed("a", 1000)],
    ["hold a, end b"],
  ],
  ["of the same second the smaller id", intended, [listed("b", 1000), listed("a", 1000)], ["hold a, end b"]],
  ["a younger one is ended", known, [listed("x", 1005), listed("batch_1", 1000)], ["hold batch_1, end x"]],
  [
    "an elder one that shows up late takes its place, and it becomes the second one",
    known,
    [listed("batch_1", 1000), listed("x", 900)],
    ["hold x, end "],
  ],
  ["also where its own is not in this list", known, [listed("x", 900)], ["hold x, end "]],
  [
    "but one that has ended is kept",
    known,
    [listed("batch_1", 1000, { status: "completed" }), listed("x", 900)],
    ["hold batch_1, end x"],
  ],
  [
    "as is one that was collected",
    someSend({ state: "collected" }),
    [listed("x", 900)],
    ["hold undefined, end x"],
  ],
  [
    "one that failed is no second one",
    known,
    [listed("x", 900, { status: "failed" })],
    ["hold undefined, end "],
  ],
  [
    "but may be the one that was looked for",
    intended,
    [listed("x", 900, { status: "failed" })],
    ["hold x, end "],
  ],
  [
    "another send's is not ours to hold",
    someSend({ number: 2, batch: null, state: "intended" }),
    [listed("x", 900)],
    ["stray x"],
  ],
  [
    "another installation's is none of ours",
    known,
    [listed("x", 1, { metadata: { installation: "them" } })],
    [],
  ],
  ["nor is one without metadata", known, [listed("x", 1, { metadata: null })], []],
  [
    "one whose provider keeps no metadata is known by its id",
    known,
    [listed("batch_1", 1000, { metadata: null })],
    ["hold batch_1, end "],
  ],
])("%s", (_what, send, batches, sightings) => {
  expect(read(send, batches)).toEqual(sightings);
});

test("what is being ended as a second one is not taken for a third", () => {
  const second = someSend({ number: 2, kind: "duplicate", batch: { ...known.batch!, id: "x" } });
  const shards = [someShard([known, second])];
  const sightings = readList([listed("x", 1005), listed("batch_1", 1000)], shards, {
    installation: US,
    labelOf,
  });
  expect(sightings).toMatchObject([{ kind: "send", send: 1, hold: { id: "batch_1" }, others: [] }]);
});
