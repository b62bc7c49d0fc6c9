import { expect, test } from "vitest";
import { generateCommand } from "../../cli/generate/generate-command.ts";
import { judgeCommand } from "../../cli/judge/judge-command.ts";
import { watchCommand } from "../../cli/reannotate/watch-command.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { runningJob } from "./running-job.ts";

const none = {
  shards: 1,
  rowsAnswered: 0,
  reasksWaiting: 0,
  promptTokens: 0,
  completionTokens: 0,
  late: 0,
  hedges: 0,
  duplicates: 0,
};
const job: JobView = {
  ...runningJob,
  dataset: "/my data/d.jsonl",
  batches: {
    ...{ ...none, unknown: 0, expectedEndMs: null, faults: [], cost: 0, settling: false },
    ...{ states: { in_progress: 1 }, objectsFile: "/temp/batch_objects.json" },
  },
};
const PLAIN =
  "assay batch watch --batch_objects_file /temp/batch_objects.json --dataset '/my data/d.jsonl' --annotator gpt-4o-mini";

test("what makes the job's requests of its rows is typed again, and nothing else", () => {
  const argv = [
    "reannotate",
    "--dataset",
    "d.jsonl",
    "--batch",
    "--poll",
    "5",
    "--max-tokens=32",
    "--logprobs",
  ];
  expect(
    watchCommand(job, [
      ...argv,
      "--template",
      "Say {x}",
      "--limit",
      "9",
      "--save_dir",
      "o",
      "--max_cost",
      "1",
    ]),
  ).toBe(`${PLAIN} --max-tokens=32 --logprobs --template 'Say {x}' --limit 9 --save_dir o`);
  expect(watchCommand(job, ["reannotate"])).toBe(PLAIN);
  expect(watchCommand(job, ["--skip_bad_rows", "False", "--logprobs", "True"])).toBe(`${PLAIN} --logprobs`);
});

test("there is none before a batch exists, of jobs by calls, and of other kinds", () => {
  const { batches, ...byCalls } = job;
  expect(watchCommand({ ...job, batches: { ...batches!, states: { uploaded: 1 } } }, [])).toBeUndefined();
  expect(watchCommand(byCalls, [])).toBeUndefined();
  expect([generateCommand.watchCommand, judgeCommand.watchCommand]).toEqual([undefined, undefined]);
});
