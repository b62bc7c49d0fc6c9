import { expect, test } from "vitest";
import { itemColumnsOf } from "../../shared/judging/items/item-columns.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

test("columns that are named are the prompt and the responses, and no other column is", async () => {
  await using folder = await temporaryFolder();
  const judging = await loadJudging({ method: "overall" });
  const read = async (text: string, columns: string, name = "a.jsonl") => {
    const path = await folder.put(name, text);
    const options = { columns: itemColumnsOf(columns) };
    for await (const one of readItems(path, judging, options)) return "item" in one ? one.item : undefined;
    return undefined;
  };
  const row = JSON.stringify({ text: "context", q: "p", output: "not this", a: "x", who: "m", n: 1 });
  const expected = { instruction: "p", input: "", responses: [{ text: "x", model: "m" }] };
  expect(await read(row, "prompt=q,response=a,model=who")).toMatchObject({
    ...expected,
    extra: { text: "context", output: "not this", n: 1 },
  });
  expect(await read("q,a,b\np,x,y\n", "prompt=q,response1=b,response2=a", "a.csv")).toMatchObject({
    instruction: "p",
    responses: [{ text: "y" }, { text: "x" }],
  });
  const pair = JSON.stringify({ good: "\n\nHuman: p\n\nAssistant: x", bad: "\n\nHuman: p\n\nAssistant: y" });
  expect(await read(pair, "chosen=good,rejected=bad")).toMatchObject({ instruction: "p" });
  await expect(read(row, "prompt=question,response=a")).rejects.toThrow(
    'line 1 has no column "question", which --columns names',
  );
  expect(() => itemColumnsOf("promt=q")).toThrow('there is no role "promt", did you mean prompt');
});
