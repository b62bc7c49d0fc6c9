import fc from "fast-check";
import { expect, test } from "vitest";
import { readBatchReport, writeBatchReport } from "../../tools/batch-watch/showing/batch-report.ts";
import { folder } from "../batch-files/folder.ts";

const cell = fc.string({ unit: "binary" }).filter((text) => text.trim() === text && text.isWellFormed());
const row = fc.record({
  id: fc.stringMatching(/^batch_[a-z0-9]{4,20}$/),
  input_file_id: cell,
  local_filepath: cell,
  shard: cell,
});

test("a report is read as it was written", async () => {
  await using place = await folder();
  const path = place.at("report.csv");
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(row, { minLength: 1, selector: ({ id }) => id }), async (rows) => {
      await writeBatchReport(path, rows);
      expect(await readBatchReport(path)).toEqual(rows);
    }),
    { numRuns: 50 },
  );
});

const of = async (content: string) => {
  await using place = await folder();
  return await readBatchReport(await place.put("report.csv", content));
};

test("further columns, such as the number that a table's index is, are left out", async () => {
  expect(await of(",id,input_file_id,local_filepath,shard\n0,batch_a,file-1,in/x.jsonl,x\n")).toEqual([
    { id: "batch_a", input_file_id: "file-1", local_filepath: "in/x.jsonl", shard: "x" },
  ]);
  expect(await of("id\nbatch_a\n")).toEqual([
    { id: "batch_a", input_file_id: "", local_filepath: "", shard: "" },
  ]);
});

test.each<[content: string, says: RegExp]>([
  ["", /report\.csv names no batch: it must be a CSV with the columns id, input_file_id/],
  ["id,shard\n", /names no batch/],
  ["batch,shard\nb,1\n", /has no column "id" \(it has batch, shard\)/],
  ["id,shard\nbatch_a,1\n,2\n", /line 3 has "" as id/],
  ["id,shard\nbatch_a,1\nbatch_a,2\n", /line 3 names the batch batch_a that line 2 names already/],
  ["id,shard\nbatch_a\n", /line 2 has 1 cells where the header has 2/],
])("%j is refused by line", async (content, says) => {
  await expect(of(content)).rejects.toThrow(says);
});
