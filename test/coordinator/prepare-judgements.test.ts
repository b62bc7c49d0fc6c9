import { appendFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { prepareJudgements } from "../../services/coordinator/kinds/judge/prepare-judgements.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

const mixRow = (id: string, aspect: string) =>
  `${JSON.stringify({ id, raw_text: "p", models: ["m", "n"], completions: ["x", "y"], text: "t", aspect })}\n`;

test("the folder of a mix is one input: its calls are those of all its files, and each of them tells whether it is the same", async () => {
  await using folder = await temporaryFolder();
  const aspects = ["honesty", "helpfulness"];
  for (const aspect of aspects)
    await folder.put(`${aspect}-full.jsonl`, mixRow("a", aspect) + mixRow("b", aspect));
  const task = {
    judging: await loadJudging({ method: "ultrafeedback" }),
    idColumn: null,
    referenceModel: null,
    header: false,
    commonAspects: false,
    minAspects: null,
  };
  const source = { kind: "file" as const, path: folder.path };
  const prepare = () => prepareJudgements({ source }, folder.at("work"), task);
  const first = await prepare();
  expect(first).toMatchObject({ rows: 4, bad: 0 });
  expect((await prepare()).fingerprint).toBe(first.fingerprint);
  for (const aspect of aspects) await appendFile(folder.at(`${aspect}-full.jsonl`), mixRow("c", aspect));
  const longer = await prepare();
  expect(longer.rows).toBe(6);
  expect(longer.fingerprint).not.toBe(first.fingerprint);
});
