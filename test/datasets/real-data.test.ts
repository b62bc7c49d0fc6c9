import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { isBad } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { allOf, each, temporaryFolder } from "./temporary-folder.ts";

const data = join(packageRoot, "../shared/data");
const skips = skipUnless(existsSync(data), `the real datasets are not at ${data}`);

async function prepared(file: string, options: Omit<DatasetRequest, "source"> = {}) {
  await using folder = await temporaryFolder();
  const source = { kind: "file" as const, path: join(data, file) };
  const dataset = await prepareDataset({ source, ...options }, folder.at("work"));
  await using rows = await PreparedRows.open(folder.at("work"));
  const values = [];
  for await (const { value } of rows.read()) values.push(value);
  return { dataset, values };
}

describe.skipIf(skips)("real datasets", () => {
  test.each([
    ["codealpaca/code_alpaca_2k.json", 2017],
    ["codealpaca/new_codealpaca.json", 4535],
    ["alpaca_eval/outputs.json", 805],
    ["sparse_feedback/natural_instructions.json", 1000],
    ["sparse_feedback/davinci003.json", 805],
    ["sparse_feedback/sample_generation.json", 20],
  ])("%s has %i Alpaca rows, each as JSON.parse reads it", async (file, count) => {
    const rows = JSON.parse(readFileSync(join(data, file), "utf8")) as Record<string, unknown>[];
    const { dataset, values } = await prepared(file);
    expect(dataset).toMatchObject({ rows: count, bad: 0, recipe: { form: "alpaca" } });
    expect(values).toEqual(
      rows.map((row) => ({
        system_prompt: "",
        user_prompt: alpacaPrompt(String(row.instruction), String(row.input ?? "")),
        annotation_original: row.output ?? row.response ?? null,
      })),
    );
  });

  test("JSONL with prompts, and with columns that must be mapped", async () => {
    const instances = await prepared("open_instruct/eval_instances_tulu_1.jsonl");
    expect(instances.dataset).toMatchObject({
      rows: 996,
      recipe: { form: "prompt", columns: { prompt: "prompt" } },
    });
    const requests = "openai_cookbook/example_requests_to_parallel_process.jsonl";
    await expect(prepared(requests)).rejects.toThrow(
      "has no column that Assay knows a prompt by (its columns: model, input",
    );
    const mapped = await prepared(requests, { columns: "prompt=input", skipBadRows: true });
    expect(mapped.dataset.rows).toBe(10_000);
    const bad = mapped.values.filter(isBad);
    expect(new Set(bad.map(({ bad: { reason } }) => reason))).toEqual(
      bad.length > 0 ? new Set(["instruction_not_text"]) : new Set(),
    );
  });

  test.each([
    ["ratings_sample_generation.csv", 100],
    ["rankings_sample_generation.csv", 200],
    ["davinci_for_llm_eval.csv", 553],
    ["rankings_for_llm_eval.csv", 553],
  ])("%s has %i rows, and they come back from every format", async (file, count) => {
    await using folder = await temporaryFolder();
    const valuesOf = async (path: string) =>
      (await allOf(readRows(path))).map((row) => ("value" in row ? (row.value as object) : row));
    const rows = await valuesOf(join(data, "sparse_feedback", file));
    expect(rows.length).toBe(count);
    for (const format of ["json", "jsonl", "csv", "parquet"] as const) {
      const path = folder.at(`a.${format}`);
      await writeOutput({ format, path, rows: each(rows) });
      expect(await valuesOf(path)).toEqual(rows);
    }
  });
});
