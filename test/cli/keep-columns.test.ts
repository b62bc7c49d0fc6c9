import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { workplace } from "./assay.ts";

test("--keep_columns carries a row's number and its own fields into the output", {
  timeout: 120_000,
}, async () => {
  await using place = workplace();
  const rows = Array.from({ length: 6 }, (_, row) => ({
    id: `q-${row}`,
    instruction: `Say ${row}.`,
    output: "old",
    ...(row > 3 ? { note: { late: row } } : {}),
  }));
  writeFileSync(place.at("data.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const flags = ["reannotate", "--dataset", "data.jsonl", "--simulator", "--keep_columns", "--offset", "1"];
  expect(await place.run(...flags)).toMatchObject({ code: 0 });
  const folder = place.at("datasets/reannotated/data_gpt-4o-mini-2024-07-18");
  const written = JSON.parse(readFileSync(`${folder}/reannotated.json`, "utf8"));
  expect(written).toHaveLength(5);
  for (const [place, row] of written.entries()) {
    expect(row).toMatchObject({ row: place + 1, ...rows[place + 1], annotation_original: "old" });
    expect(row.annotation).toEqual(expect.any(String));
  }
  expect(await place.run(...flags, "--format", "csv")).toMatchObject({ code: 0 });
  const [header, first] = readFileSync(`${folder}/reannotated.csv`, "utf8").split(/\r?\n/);
  expect(header).toMatch(
    /^row,id,instruction,output,note,system_prompt,user_prompt,annotation_original,annotation$/,
  );
  expect(first).toMatch(/^1,q-1,Say 1\.,old,,/);
});
