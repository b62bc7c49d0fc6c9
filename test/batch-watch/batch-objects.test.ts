import { describe, expect, test } from "vitest";
import { readBatchObjects } from "../../tools/batch-watch/showing/batch-objects.ts";
import { folder } from "../batch-files/folder.ts";

const of = async (content: string) => {
  await using place = await folder();
  return await readBatchObjects(await place.put("batch_objects.json", content));
};

describe("whoever wrote the file, its batches are found", () => {
  const [a, b] = [
    { id: "batch_a", object: "batch", status: "completed", extra: { my: 1 } },
    { id: "batch_b", shard: 7 },
  ];
  test.each<[what: string, content: string]>([
    ["an array", JSON.stringify([a, b])],
    ["an array over many lines", JSON.stringify([a, b], null, 4)],
    ["the provider's list", JSON.stringify({ object: "list", data: [a, b], has_more: false })],
    ["an object a line", `${JSON.stringify(a)}\n\n${JSON.stringify(b)}\n`],
    ["with a byte order mark", `\uFEFF${JSON.stringify([a, b])}`],
    ["ids alone", '["batch_a", "batch_b"]'],
    ["some twice", JSON.stringify([a, b, a])],
  ])("%s", async (_what, content) => {
    expect(await of(content)).toEqual(["batch_a", "batch_b"]);
  });

  test("one object over many lines", async () => {
    expect(await of(JSON.stringify(a, null, 2))).toEqual(["batch_a"]);
  });
});

test.each<[content: string, says: RegExp]>([
  ["", /batch_objects\.json names no batch/],
  ["[]", /names no batch/],
  ['[{"id": "batch_a"}, {"object": "batch"}]', /entry 2 has nothing as id/],
  ['[{"id": 7}]', /entry 1 has a number as id/],
  ['[{"id": "a b"}]', /entry 1 has text as id/],
  ["[null]", /entry 1 is null/],
  ['{"id": "batch_a"}\n{"id": "ba', /line 2 is not valid JSON: give a JSON array .* cut short/],
  ['[{"id": "batch_a"},\n', /line 1 is not valid JSON/],
])("%j is refused by place", async (content, says) => {
  await expect(of(content)).rejects.toThrow(says);
});

test("a file that is not there", async () => {
  await expect(readBatchObjects("/nowhere/b.json")).rejects.toThrow("/nowhere/b.json does not exist");
});
