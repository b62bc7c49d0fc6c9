import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { prepareInChild } from "../../shared/datasets/preparing/prepare-in-child.ts";
import { readPreparedDataset } from "../../shared/datasets/preparing/prepared-rows.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Options = Omit<DatasetRequest, "source">;
const fileRequest = (path: string, options: Options = {}): DatasetRequest => ({
  source: { kind: "file", path },
  ...options,
});
const numbered = (count: number) =>
  Array.from({ length: count }, (_, row) => JSON.stringify({ prompt: `p${row}`, output: row }));

test("a small file whose rows take gigabytes at once ends with a sentence", {
  timeout: 120_000,
}, async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("small.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = "SELECT repeat('x', 6000000) || (i % 2)::VARCHAR AS prompt FROM range(450) t(i)";
  await connection.run(`COPY (${rows}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  instance.closeSync();
  expect((await readFile(path)).length).toBeLessThan(10_000);
  await expect(prepareInChild(fileRequest(path), folder.at("work"))).rejects.toThrow(
    /^The dataset cannot be read: its rows take more than 2\.\d GB of memory at once: shorten the longest, or split the file\.$/,
  );
});

describe("in a child process", () => {
  test("it prepares the same and reports progress", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(500).join("\n"));
    const stages: string[] = [];
    const prepared = await prepareInChild(fileRequest(path), folder.at("child"), {
      onProgress: ({ stage }) => stages.push(stage),
    });
    expect(prepared).toEqual(await prepareDataset(fileRequest(path), folder.at("here")));
    expect(stages).toEqual(["hash", "read"]);
    expect(await readFile(folder.at("child/rows.jsonl"))).toEqual(
      await readFile(folder.at("here/rows.jsonl")),
    );
  });

  test("a fault is the same sentence, with its exit code and without a stack trace", async () => {
    await using folder = await temporaryFolder();
    await expect(
      prepareInChild(fileRequest(folder.at("nope.json")), folder.at("work")),
    ).rejects.toMatchObject({
      name: "UserError",
      exitCode: 2,
      message: expect.stringMatching(/nope\.json does not exist: check the path\.$/),
    });
    const order = await folder.put(
      "order.json",
      JSON.stringify({ request: fileRequest(folder.at("nope.json")), folder: folder.at("work") }),
    );
    const child = spawnSync(
      process.execPath,
      [moduleOf("shared/datasets/preparing/prepare-process.ts"), order],
      {
        encoding: "utf8",
      },
    );
    expect(child).toMatchObject({ status: 2, stderr: "" });
    expect(JSON.parse(child.stdout)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining("nope.json"),
    });
  });

  test("aborting ends it, and the next try prepares all", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(400_000).join("\n"));
    const control = new AbortController();
    const aborted = prepareInChild(fileRequest(path), folder.at("work"), {
      signal: control.signal,
      onProgress: ({ stage }) => stage === "read" && control.abort(new Error("enough")),
    });
    await expect(aborted).rejects.toThrow("enough");
    expect(await readPreparedDataset(folder.at("work"))).toBeUndefined();
    expect(await prepareInChild(fileRequest(path, { limit: 10 }), folder.at("work"))).toMatchObject({
      rows: 10,
    });
    expect((await readdir(folder.at("work"))).sort()).toEqual(["dataset.json", "rows.idx", "rows.jsonl"]);
  });
});
