import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { appendFile, truncate } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { parseHubTarget } from "../../tools/publishing/hub-target.ts";
import { type PublishOptions, publishDataset } from "../../tools/publishing/publish-dataset.ts";
import { listPublishedFiles } from "../../tools/publishing/published-files.ts";
import { writeCard } from "../../tools/publishing/write-card.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { startFakeHub } from "../support/fake-hub.ts";
import type { FakeRepo } from "../support/fake-repo.ts";

const TOKEN = "hf_alice";
const ACCOUNTS = { [TOKEN]: { name: "alice", orgs: ["lab"] }, hf_reader: { name: "alice", readOnly: true } };
const LARGE = `${JSON.stringify({ prompt: randomBytes(200_000).toString("hex") })}\n`;

/** A hub and a folder with a small and a large file; `publish` publishes it. */
async function place(repos: Record<string, FakeRepo> = {}) {
  const folder = await temporaryFolder();
  const hub = await startFakeHub(repos, ACCOUNTS);
  await folder.put("small.train.jsonl", '{"prompt":"a"}\n');
  await folder.put("large.jsonl", LARGE);
  const publish = async (more: Partial<PublishOptions> = {}, input = folder.path) => {
    const files = await listPublishedFiles(input);
    const repo = more.repo ?? "alice/data";
    return await publishDataset({
      repo,
      access: { endpoint: hub.endpoint, token: TOKEN },
      files,
      card: async () => (await writeCard({ files, repo, version: "1.0.0" })).text,
      isPrivate: false,
      branch: "main",
      message: "Publish",
      ...more,
    });
  };
  const dispose = async () => {
    await hub[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { folder, hub, repos, publish, [Symbol.asyncDispose]: dispose };
}

describe("publishing", () => {
  test("puts files and card into a new repository as one commit, from where they can be read again", async () => {
    await using at = await place();
    const done = await at.publish();
    const uploaded = ["README.md", "large.jsonl", "small.train.jsonl"];
    expect(done).toMatchObject({
      repo: "alice/data",
      url: `${at.hub.endpoint}/datasets/alice/data`,
      uploaded,
    });
    expect(at.repos["alice/data"]).toMatchObject({
      private: false,
      commits: [{ branch: "main", title: "Publish", paths: uploaded }],
    });
    const access = { endpoint: at.hub.endpoint, cacheFolder: at.folder.at(".cache"), token: TOKEN };
    const source = { kind: "hub", repo: "alice/data", subset: "large" } as const;
    const read = await prepareDataset({ source }, at.folder.at(".work"), { hub: access });
    expect(read).toMatchObject({ rows: 1 });
  });

  test("sends large files in parts, and the token to the hub alone", async () => {
    await using at = await place();
    await at.publish();
    expect(at.hub.storageHeaders.length).toBeGreaterThan(4);
    for (const headers of at.hub.storageHeaders) expect(JSON.stringify(headers)).not.toContain(TOKEN);
    expect([...at.hub.stored.values()].map(String)).toContain(LARGE);
  });

  test("of the same files again makes no commit; of changed ones sends those and the card", async () => {
    await using at = await place();
    await at.publish();
    const before = at.hub.requests.length;
    expect(await at.publish()).toMatchObject({ commit: null, uploaded: [], unchanged: { length: 3 } });
    expect(at.hub.requests.slice(before).filter((line) => /preupload|batch|commit/.test(line))).toEqual([]);
    await appendFile(at.folder.at("small.train.jsonl"), '{"prompt":"b"}\n');
    expect(await at.publish()).toMatchObject({
      uploaded: ["README.md", "small.train.jsonl"],
      unchanged: ["large.jsonl"],
    });
    expect(at.repos["alice/data"]!.commits).toHaveLength(2);
  });

  test("goes to an organisation, in private, on a branch that is made", async () => {
    await using at = await place();
    const input = at.folder.at("small.train.jsonl");
    const done = await at.publish({ repo: "lab/data", isPrivate: true, branch: "v 1" }, input);
    expect(done.url).toBe(`${at.hub.endpoint}/datasets/lab/data/tree/v%201`);
    expect(at.repos["lab/data"]).toMatchObject({ private: true, revisions: { main: {} } });
    expect(Object.keys(at.repos["lab/data"]!.revisions["v 1"]!)).toEqual(["README.md", "small.train.jsonl"]);
  });

  test("keeps what only the repository has", async () => {
    await using at = await place({ "alice/data": { revisions: { main: { "old.jsonl": "{}\n" } } } });
    await at.publish();
    expect(Object.keys(at.repos["alice/data"]!.revisions.main!)).toContain("old.jsonl");
  });
});

describe("a hub that breaks off", () => {
  const STAGES = {
    "who am I": /whoami/,
    create: /repos\/create/,
    list: /tree/,
    preupload: /preupload/,
    "LFS batch": /objects\/batch/,
    storage: /PUT \/storage/,
    "end of storage": /complete$/,
    commit: /commit/,
  };

  test.each(Object.entries(STAGES))(
    "at %s is one sentence, and the next run finishes the work",
    async (_, cut) => {
      await using at = await place();
      at.hub.state.cut = cut;
      const fault = await at.publish().catch((error) => error);
      expect(fault).toMatchObject({ name: "UserError", exitCode: 3 });
      expect(fault.message).toMatch(
        /^The hub at http:\S+ cannot be reached or broke off \(.+\): check .*start again/,
      );
      expect(fault.message).not.toContain(TOKEN);
      expect(at.repos["alice/data"]?.commits ?? []).toEqual([]);
      at.hub.state.cut = null;
      expect(await at.publish()).toMatchObject({ uploaded: { length: 3 } });
    },
  );

  test.each(["create", "preupload", "LFS batch", "commit"] as const)(
    "or answers with a page at %s",
    async (stage) => {
      await using at = await place();
      at.hub.state.garble = STAGES[stage];
      await expect(at.publish()).rejects.toMatchObject({
        exitCode: 3,
        message: expect.stringMatching(/answered what it should not \(.*\): start again/),
      });
    },
  );
});

describe("is refused in one sentence", () => {
  const publicRepo = { "alice/data": { revisions: { main: {} } } };

  test.each<[what: string, more: Partial<PublishOptions>, repos: Record<string, FakeRepo>, says: RegExp]>([
    [
      "another owner",
      { repo: "bob/data" },
      {},
      /^HF_TOKEN belongs to alice, who does not own bob\/data: .*alice or lab/,
    ],
    ["a public repository for --private", { isPrivate: true }, publicRepo, /is there already, and public/],
  ])("%s", async (_, more, repos, says) => {
    await using at = await place({ ...repos });
    await expect(at.publish(more)).rejects.toThrow(says);
    expect(at.hub.requests.filter((line) => /commit|preupload/.test(line))).toEqual([]);
  });

  test.each<[what: string, token: string | undefined, says: RegExp]>([
    ["without a token", undefined, /^HF_TOKEN is not set: make a token with write access/],
    ["with something else as token", "secret", /^HF_TOKEN is no hub token/],
    ["with a token that the hub does not know", "hf_wrong", /^The hub refuses HF_TOKEN/],
    [
      "with a token that may only read",
      "hf_reader",
      /^HF_TOKEN may not write to alice\/data \(You have read access/,
    ],
  ])("%s", async (_, token, says) => {
    await using at = await place();
    const fault = await at.publish({ access: { endpoint: at.hub.endpoint, token } }).catch((error) => error);
    expect(fault.message).toMatch(says);
    if (token) expect(fault.message).not.toContain(token);
  });

  test.each<[status: number, exitCode: number, says: RegExp]>([
    [413, 2, /too large \(Payload\): split the files, or write them as Parquet/],
    [422, 2, /does not take this for alice\/data \(Payload\)/],
    [503, 3, /answered 503 for alice\/data \(Payload\): try again later/],
  ])("with %d by the hub", async (status, exitCode, says) => {
    await using at = await place();
    at.hub.state.refuse = { what: /preupload/, status, error: "Payload." };
    await expect(at.publish()).rejects.toMatchObject({ exitCode, message: expect.stringMatching(says) });
  });

  test("where a file changes while it is uploaded", async () => {
    await using at = await place();
    const onUpload = () => appendFileSync(at.folder.at("large.jsonl"), "{}\n");
    await expect(at.publish({ onUpload })).rejects.toThrow(/changed while it was read: start again/);
  });
});

describe("what is published", () => {
  test("is data, reports and licences, not keys, hidden or empty files", async () => {
    await using folder = await temporaryFolder();
    const files = [
      "b.jsonl",
      "a.csv",
      "report.html",
      "LICENSE",
      "openai.tok",
      ".env",
      "config.yaml",
      "notes.txt",
    ];
    for (const file of files) await folder.put(file, "x\n");
    await folder.put("empty.jsonl", "");
    const listed = await listPublishedFiles(folder.path);
    expect(listed.files.map(({ path }) => path)).toEqual(["LICENSE", "a.csv", "b.jsonl", "report.html"]);
    expect(listed.leftOut).toEqual(["empty.jsonl", "notes.txt", "openai.tok"]);
  });

  test("must be there, hold data, and not be larger than the hub takes", async () => {
    await using folder = await temporaryFolder();
    await expect(listPublishedFiles(folder.at("none"))).rejects.toThrow(/none does not exist/);
    await expect(listPublishedFiles(folder.path)).rejects.toThrow(/holds no data to publish/);
    await expect(listPublishedFiles(await folder.put("empty.jsonl", ""))).rejects.toThrow(/holds no data/);
    const large = await folder.put("large.parquet", "");
    await truncate(large, 51e9);
    await expect(listPublishedFiles(large)).rejects.toThrow(
      /has 51\.0 GB, but the hub takes files of at most 50\.0/,
    );
  });

  test.each([
    "alice/data",
    "hf:data",
    "hf:alice/",
    "hf:a/b/c",
    "hf:alice/da ta",
    "hf:../data",
    "hf:alice/-x",
    "",
  ])("cannot go to %j", (to) => {
    expect(() => parseHubTarget(to)).toThrow(/give hf:OWNER\/NAME/);
  });

  test("goes to hf:OWNER/NAME", () => {
    expect(parseHubTarget("hf:alice/My_data-1.0")).toBe("alice/My_data-1.0");
  });
});
