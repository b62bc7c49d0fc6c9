import { mkdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { datasetName, resolveDataset } from "../../shared/datasets/finding/resolve-dataset.ts";
import { knownDatasets } from "../../shared/datasets/hub/known-datasets.ts";
import { loadTemplate } from "../../shared/datasets/recipes/prompt-template.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("what a dataset's name means", () => {
  test("an existing path wins over a hub name, hf: forces the hub", async () => {
    await using folder = await temporaryFolder();
    const options = { folder: folder.path };
    await mkdir(folder.at("owner"));
    expect(await resolveDataset("owner/data", options)).toEqual({ kind: "hub", repo: "owner/data" });
    const path = await folder.put("owner/data", "{}");
    expect(await resolveDataset("owner/data", options)).toEqual({ kind: "file", path });
    expect(await resolveDataset(path)).toEqual({ kind: "file", path });
    expect(await resolveDataset("hf:owner/data", { ...options, split: "test", revision: "v1" })).toEqual({
      kind: "hub",
      repo: "owner/data",
      split: "test",
      revision: "v1",
    });
    expect(await resolveDataset("hf:squad", options)).toEqual({ kind: "hub", repo: "squad" });
  });

  test("a folder that has a hub dataset's name does not hide that dataset", async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.at("owner/data"), { recursive: true });
    expect(await resolveDataset("owner/data", { folder: folder.path })).toEqual({
      kind: "hub",
      repo: "owner/data",
    });
  });

  test.each([
    [
      "my_dta.jsonl",
      /^There is no dataset "my_dta.jsonl" \(looked for .*\/my_dta.jsonl\): did you mean my_data.jsonl\?$/,
    ],
    ["CodeAlpaca-20k", /did you mean sahil2801\/CodeAlpaca-20k\?$/],
    ["sub/zzz.json", /known hub datasets are sahil2801\/CodeAlpaca-20k, .*teknium/],
    ["./owner/data", /There is no dataset "\.\/owner\/data"/],
    ["", /There is no dataset ""/],
    ["folder", /The dataset folder is a folder: name one file in it, e\.g\. a\.csv, b\.json\./],
    ["hf:a/b/c", /"hf:a\/b\/c" names no hub dataset: write hf:OWNER\/NAME/],
  ])("%j is refused with what is near", async (name, message) => {
    await using folder = await temporaryFolder();
    await folder.put("my_data.jsonl", "");
    await mkdir(folder.at("folder"));
    for (const file of ["b.json", "a.csv", "notes.txt"]) await folder.put(`folder/${file}`, "");
    await expect(resolveDataset(name, { folder: folder.path })).rejects.toThrow(message);
  });

  test.each([
    ["/data/my.set.jsonl.gz", "my.set"],
    ["/data/a.json", "a"],
    ["/data/b.parquet", "b"],
    ["/data/c.csv.zst", "c"],
    ["/data/noending", "noending"],
    ["/data/.json", ".json"],
  ])("the output folder's part of %s is %s", (path, name) => {
    expect(datasetName({ kind: "file", path })).toBe(name);
  });

  test("a hub dataset's name has an underscore for the slash", () => {
    expect(datasetName({ kind: "hub", repo: knownDatasets()[0]!.repo })).toBe("sahil2801_CodeAlpaca-20k");
  });
});

test("nearest names come in order of distance, and far ones not at all", () => {
  const names = ["gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "llama3-405b"];
  expect(nearestNames("gpt-4o-mini-2024-07-81", names)[0]).toBe("gpt-4o-mini-2024-07-18");
  expect(nearestNames("LLAMA3-405", names)).toEqual(["llama3-405b"]);
  expect(nearestNames("entirely different", names)).toEqual([]);
});

test("a template is text, or the file behind an @", async () => {
  await using folder = await temporaryFolder();
  expect(await loadTemplate("{a}")).toBe("{a}");
  expect(await loadTemplate(`@${await folder.put("t.txt", "from {b}\n")}`)).toBe("from {b}\n");
  await expect(loadTemplate(`@${folder.at("none.txt")}`)).rejects.toThrow("none.txt does not exist");
});
