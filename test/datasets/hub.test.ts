import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { knownDatasets } from "../../shared/datasets/hub/known-datasets.ts";
import { fingerprintOf } from "../../shared/datasets/preparing/fingerprint.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { prepareInChild } from "../../shared/datasets/preparing/prepare-in-child.ts";
import { isBad } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { startFakeHub } from "../support/fake-hub.ts";
import type { FakeRepo } from "../support/fake-repo.ts";
import { each, temporaryFolder } from "./temporary-folder.ts";

type HubSource = Omit<Extract<DatasetRequest["source"], { kind: "hub" }>, "kind" | "repo">;
const lines = (...prompts: string[]) => prompts.map((prompt) => JSON.stringify({ prompt })).join("\n");
const main = (files: Record<string, string | Buffer>, other: Omit<FakeRepo, "revisions"> = {}): FakeRepo => ({
  revisions: { main: files },
  ...other,
});

/** Prepares `a/b` of a hub that has only it, and gives its prompts. */
async function promptsOf(repo: FakeRepo, source: HubSource = {}): Promise<string[]> {
  await using hub = await startFakeHub({ "a/b": repo });
  await using folder = await temporaryFolder();
  const access = { endpoint: hub.endpoint, cacheFolder: folder.at("cache") };
  await prepareDataset({ source: { kind: "hub", repo: "a/b", ...source } }, folder.at("work"), {
    hub: access,
  });
  await using rows = await PreparedRows.open(folder.at("work"));
  const prompts: string[] = [];
  for await (const { value } of rows.read()) if (!isBad(value)) prompts.push(value.user_prompt);
  return prompts;
}

async function parquetOf(...prompts: string[]): Promise<Buffer> {
  await using folder = await temporaryFolder();
  await writeOutput({
    format: "parquet",
    path: folder.at("x"),
    rows: each(prompts.map((prompt) => ({ prompt }))),
  });
  return await readFile(folder.at("x"));
}

describe("finding the files", () => {
  test("shards of a split are read in order, by their names", async () => {
    const files = {
      "README.md": "# none",
      "dataset_infos.json": "{}",
      "data/train-00001-of-00002.jsonl": lines("c"),
      "data/train-00000-of-00002.jsonl": lines("a", "b"),
      "data/test-00000-of-00001.jsonl": lines("t"),
    };
    expect(await promptsOf(main(files))).toEqual(["a", "b", "c"]);
    expect(await promptsOf(main(files), { split: "test" })).toEqual(["t"]);
  });

  test("the README's configs decide subsets and splits", async () => {
    const readme =
      "---\nconfigs:\n- config_name: en\n  data_files:\n  - split: train\n    path: x/*.jsonl\n  - split: dev\n    path: [y.jsonl]\n- config_name: de\n  data_files: z.jsonl\n---\n# Data";
    const repo = main({
      "README.md": readme,
      "x/2.jsonl": lines("2"),
      "x/1.jsonl": lines("1"),
      "y.jsonl": lines("y"),
      "z.jsonl": lines("z"),
    });
    expect(await promptsOf(repo, { subset: "en" })).toEqual(["1", "2"]);
    expect(await promptsOf(repo, { subset: "en", split: "dev" })).toEqual(["y"]);
    expect(await promptsOf(repo, { subset: "de" })).toEqual(["z"]);
    await expect(promptsOf(repo)).rejects.toThrow("has several subsets: give --subset one of en, de.");
    await expect(promptsOf(repo, { subset: "em" })).rejects.toThrow('has no subset "em", did you mean "en"');
    await expect(promptsOf(repo, { subset: "en", split: "test" })).rejects.toThrow(
      "give --split one of train, dev.",
    );
  });

  test("declared files that are not there are told instead of other files being read", async () => {
    const card = (...paths: string[]) =>
      `---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: [${paths.join(", ")}]\n---\n`;
    const repo = (...paths: string[]) => main({ "README.md": card(...paths), "other.jsonl": lines("other") });
    await expect(promptsOf(repo("data/*.jsonl"))).rejects.toThrow(
      "declares data/*.jsonl, which no file at main matches",
    );
    await expect(promptsOf(repo("other.jsonl", "more.jsonl"))).rejects.toThrow(
      "declares more.jsonl, which no file",
    );
    expect(await promptsOf(repo("other.jsonl"))).toEqual(["other"]);
  });

  test("the hub's conversion to Parquet is taken where it is whole and no revision is named", async () => {
    const revisions = {
      main: { "all.jsonl": lines("original") },
      v1: { "all.jsonl": lines("first") },
      "refs/convert/parquet": {
        "default/train/0001.parquet": await parquetOf("c".repeat(2000)),
        "default/train/0000.parquet": await parquetOf("a", "b"),
      },
    };
    expect(await promptsOf({ revisions })).toEqual(["a", "b", "c".repeat(2000)]);
    expect(await promptsOf({ revisions }, { revision: "v1" })).toEqual(["first"]);
    const partial = { "default/partial-train/0000.parquet": await parquetOf("a") };
    expect(await promptsOf({ revisions: { ...revisions, "refs/convert/parquet": partial } })).toEqual([
      "original",
    ]);
  });

  test.each(knownDatasets().map((dataset) => [dataset.repo, dataset.columns] as const))(
    "%s has its recipe",
    async (repo, columns) => {
      const row = columns.instruction
        ? { instruction: "I", input: "N", output: "O", text: "no", system: "no" }
        : { question: "Q", answer: "O", instruction: "no" };
      await using hub = await startFakeHub({ [repo]: main({ "all.json": JSON.stringify([row]) }) });
      await using folder = await temporaryFolder();
      const access = { endpoint: hub.endpoint, cacheFolder: folder.at("cache") };
      await prepareDataset({ source: { kind: "hub", repo } }, folder.at("work"), { hub: access });
      await using rows = await PreparedRows.open(folder.at("work"));
      const userPrompt = columns.instruction ? alpacaPrompt("I", "N") : "Q";
      expect(await rows.readAt(0)).toEqual({
        system_prompt: "",
        user_prompt: userPrompt,
        annotation_original: "O",
      });
    },
  );
});

describe("fetching", () => {
  test("a file is fetched once; a README that changes is no other dataset, a data file that does is", async () => {
    const files: Record<string, string> = { "README.md": "1", "a.jsonl": lines("x".repeat(5000)) };
    await using hub = await startFakeHub({ "a/b": main(files) });
    await using folder = await temporaryFolder();
    const access = { endpoint: hub.endpoint, cacheFolder: folder.at("cache") };
    const request: DatasetRequest = { source: { kind: "hub", repo: "a/b" } };
    const first = await prepareInChild(request, folder.at("1"), { hub: access });
    const downloads = () => hub.requests.filter((line) => line.includes("a.jsonl")).length;
    const before = downloads();
    files["README.md"] = "2";
    expect(await prepareDataset(request, folder.at("2"), { hub: access })).toEqual(first);
    expect(downloads()).toBe(before);
    files["a.jsonl"] = lines("y".repeat(5000));
    expect((await fingerprintOf(request, { hub: access })).fingerprint).not.toBe(first.fingerprint);
  });

  test("a broken connection is tried again, and an interrupted download goes on where it ended", async () => {
    const content = lines(..."abcdefgh".split("").map((letter) => letter.repeat(100_000)));
    await using hub = await startFakeHub({ "a/b": main({ "a.jsonl": content }) });
    await using folder = await temporaryFolder();
    const access = { endpoint: hub.endpoint, cacheFolder: folder.at("cache") };
    const request: DatasetRequest = { source: { kind: "hub", repo: "a/b" } };
    hub.state.breakNextDownloads = 1;
    expect(await prepareDataset(request, folder.at("1"), { hub: access })).toMatchObject({ rows: 8 });
    const [id] = await readdir(folder.at("cache/a_b"));
    const cached = folder.at(`cache/a_b/${id}/a.jsonl`);
    expect(await readFile(cached, "utf8")).toBe(content);
    await using again = await temporaryFolder();
    const other = { ...access, cacheFolder: again.path };
    await prepareDataset({ ...request, limit: 1 }, folder.at("2"), { hub: other });
    const whole = again.at(`a_b/${id}/a.jsonl`);
    await writeFile(`${whole}.part`, content.slice(0, 300_000));
    await writeFile(whole, "cut");
    await prepareDataset(request, folder.at("3"), { hub: other });
    expect(await readFile(whole, "utf8")).toBe(content);
    expect(await readdir(again.at(`a_b/${id}`))).toEqual(["a.jsonl"]);
  });

  test("a download that arrived damaged is refused, not used", async () => {
    const content = lines("x".repeat(5000));
    await using hub = await startFakeHub({ "a/b": main({ "a.jsonl": content }) });
    await using folder = await temporaryFolder();
    const hubAccess = { endpoint: hub.endpoint, cacheFolder: folder.at("cache") };
    const request: DatasetRequest = { source: { kind: "hub", repo: "a/b" } };
    await prepareDataset(request, folder.at("1"), { hub: hubAccess });
    const [id] = await readdir(folder.at("cache/a_b"));
    const cached = folder.at(`cache/a_b/${id}/a.jsonl`);
    await writeFile(cached, "cut");
    await writeFile(`${cached}.part`, "#".repeat(4000));
    await expect(prepareDataset(request, folder.at("2"), { hub: hubAccess })).rejects.toThrow(
      "arrived damaged from the hub",
    );
    expect(await prepareDataset(request, folder.at("2"), { hub: hubAccess })).toMatchObject({ rows: 1 });
  });
});

describe("faults are one sentence each", () => {
  const token = "hf_right";
  const repos = {
    "a/private": main({ "a.jsonl": lines("secret") }, { token }),
    "a/gated": main({ "a.jsonl": lines("secret") }, { gated: true }),
    "a/empty": main({ "README.md": "#", "model.bin": "x" }),
  };

  async function faultOf(source: HubSource & { repo: string }, hubToken?: string, status = 0) {
    await using hub = await startFakeHub(repos);
    await using folder = await temporaryFolder();
    hub.state.status = status;
    const access = { endpoint: hub.endpoint, cacheFolder: folder.at("cache"), token: hubToken };
    const request: DatasetRequest = { source: { kind: "hub", ...source } };
    return await prepareDataset(request, folder.at("work"), { hub: access }).then(
      () => "none",
      (error) => `${error.name} ${error.exitCode}: ${error.message}`.replace(hub.endpoint, "HUB"),
    );
  }

  test("a dataset that is not there, private or gated", async () => {
    expect(await faultOf({ repo: "sahil2801/CodeAlpaca-20" })).toBe(
      "UserError 2: The hub has no dataset sahil2801/CodeAlpaca-20, did you mean sahil2801/CodeAlpaca-20k, or it is private and HF_TOKEN is not set: check the name and the token.",
    );
    expect(await faultOf({ repo: "a/private" })).toContain("or it is private and HF_TOKEN is not set");
    expect(await faultOf({ repo: "a/private" }, "hf_wrong")).toContain("or HF_TOKEN may not see it");
    expect(await faultOf({ repo: "a/private" }, token)).toBe("none");
    expect(await faultOf({ repo: "a/private" }, "wrong form")).toContain(
      'HF_TOKEN is no hub token: those begin with "hf_"',
    );
    expect(await faultOf({ repo: "a/gated" })).toContain(
      "a/gated is gated and not open to anyone without a token: accept its terms on HUB/datasets/a/gated",
    );
  });

  test("a revision that is not there, a repository without data, a hub that is ill or away", async () => {
    expect(await faultOf({ repo: "a/empty", revision: "v9" })).toContain(
      "UserError 2: The hub dataset a/empty has no revision v9",
    );
    expect(await faultOf({ repo: "a/empty" })).toContain(
      "a/empty has no JSON, JSONL, CSV or Parquet file at main",
    );
    expect(await faultOf({ repo: "a/empty" }, undefined, 503)).toBe(
      "UserError 3: The hub at HUB answered 503 for a/empty: try again later.",
    );
    const away = { endpoint: "http://127.0.0.1:1", cacheFolder: "/nowhere" };
    await expect(
      fingerprintOf({ source: { kind: "hub", repo: "a/b" } }, { hub: away }),
    ).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^The hub at http:\/\/127\.0\.0\.1:1 cannot be reached \(.*\): check the network or HF_ENDPOINT\.$/,
      ),
    });
    await expect(fingerprintOf({ source: { kind: "hub", repo: "a/b" } })).rejects.toThrow(
      "No dataset hub is configured",
    );
  });
});
