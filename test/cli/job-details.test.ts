import { expect, test } from "vitest";
import { jobDetails } from "../../cli/view/job-details.ts";
import type { BatchesView } from "../../shared/contracts/jobs-api.ts";
import { runningJob } from "./running-job.ts";

const batches: BatchesView = {
  shards: 201,
  states: { completed: 150, in_progress: 52, lost: 1 },
  rowsAnswered: 1_281,
  reasksWaiting: 12,
  promptTokens: 1_234_567,
  completionTokens: 999,
  late: 17,
  hedges: 3,
  duplicates: 1,
  unknown: 2,
  expectedEndMs: 101_000,
  faults: ["The provider takes no calls: Slow down."],
  cost: 0.25,
  objectsFile: "/temp/batch_objects.json",
  settling: false,
};
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

test("a job by calls has no line about batches", () => {
  expect(jobDetails(runningJob)).not.toMatch(/batch|hedge|twice/);
});

test("batches are told by state, with what was sent and paid a second time", () => {
  expect(linesOf(jobDetails({ ...runningJob, batches }, 1_000))).toEqual(
    expect.arrayContaining([
      "batches         150 completed, 52 in_progress, 1 lost, of 201 shards",
      "in open batches 1,281 rows are answered",
      "to ask again    12 rows wait for a batch",
      "hedges          3 slow batches were sent a second time",
      "created twice   1 batch",
      "paid twice      17 answers",
      "strange lines   2 results belong to no row",
      "batches end     in about 1:40",
      "held up         The provider takes no calls: Slow down.",
      "batch objects   /temp/batch_objects.json",
    ]),
  );
});

test("what there is none of is left out; a job that is over says what may still be charged", () => {
  const none = {
    rowsAnswered: 0,
    reasksWaiting: 0,
    late: 0,
    hedges: 0,
    duplicates: 0,
    unknown: 0,
    faults: [],
    states: {},
  };
  const over = { ...batches, ...none, shards: 1, expectedEndMs: null, objectsFile: null };
  const said = (settling: boolean) => jobDetails({ ...runningJob, batches: { ...over, settling } });
  expect(linesOf(said(false)).filter((line) => !jobDetails(runningJob).includes(line))).toEqual([
    "batches         none yet, of 1 shard",
  ]);
  expect(said(true)).toContain("still to come   batches that nobody needs any more: the cost may rise");
});
