import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { startFakeHub } from "../support/fake-hub.ts";
import type { FakeRepo } from "../support/fake-repo.ts";
import { until, workplace } from "./assay.ts";

const TOKEN = "hf_a_secret";
const repos: Record<string, FakeRepo> = {};
const hub = await startFakeHub(repos, { [TOKEN]: { name: "alice" } });
const place = workplace({ HF_ENDPOINT: `${hub.endpoint}/`, HF_TOKEN: TOKEN });
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

mkdirSync(place.at("out"));
writeFileSync(place.at("out/data.jsonl"), '{"prompt":"a"}\n');
writeFileSync(place.at("out/openai.tok"), "sk-1");
writeFileSync(place.at("card.md"), "# Mine\n");

describe("publish", () => {
  test("--dry_run prints the card and asks the hub nothing", async () => {
    const { code, stdout, stderr } = await place.run(
      "publish",
      "--to",
      "hf:alice/d",
      "--input",
      "out",
      "--dry_run",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^---\npretty_name: d\n[\s\S]*\| data\.jsonl \| 1 \| prompt \|/);
    expect(stderr).toBe("Nothing was uploaded: data.jsonl would be.\n");
    expect(hub.requests).toEqual([]);
  });

  test("says where it is and what stayed here, and the second time that all is there", async () => {
    const argv = ["publish", "--to", "hf:alice/d", "--input", "out", "--message", "First"];
    const first = await place.run(...argv);
    expect(first).toMatchObject({ code: 0, stdout: `${hub.endpoint}/datasets/alice/d\n` });
    expect(first.stderr).toContain("2 files are new or changed, 0 were there already.");
    expect(first.stderr).toContain("1 file is no data and stays here: openai.tok.");
    const second = await place.run(...argv);
    expect(second.stderr).toContain("The hub has all of it already: nothing was uploaded.");
    for (const { stdout, stderr } of [first, second]) expect(stdout + stderr).not.toContain(TOKEN);
  });

  test("takes a card of one's own, and prints JSON", async () => {
    const { stdout } = await place.run(
      ...[
        "publish",
        "--to",
        "hf:alice/e",
        "--input",
        "out/data.jsonl",
        "--card",
        "card.md",
        "--private",
        "--json",
      ],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      repo: "alice/e",
      branch: "main",
      uploaded: ["README.md", "data.jsonl"],
    });
  });

  test.each<[argv: string[], env: Record<string, string>, says: string, exitCode?: 2 | 3]>([
    [["--input", "out"], {}, "--to is missing"],
    [["--to", "hf:alice/d"], {}, "--input is missing"],
    [["--to", "alice/d", "--input", "out"], {}, '--to is "alice/d": give hf:OWNER/NAME'],
    [["--to", "hf:alice/d", "--input", "none.jsonl"], {}, "none.jsonl does not exist"],
    [["--to", "hf:alice/d", "--input", "out", "--card", "none.md"], {}, "none.md does not exist"],
    [["--to", "hf:alice/d", "--input", "out"], { HF_TOKEN: "" }, "HF_TOKEN is not set", 3],
    [["--to", "hf:alice/d", "--input", "out"], { HF_TOKEN: "hf_other" }, "The hub refuses HF_TOKEN", 3],
    [["--to", "hf:bob/d", "--input", "out"], {}, "HF_TOKEN belongs to alice"],
  ])("%j %j ends in one sentence and an exit code", async (argv, env, says, exitCode = 2) => {
    const before = place.env;
    place.env = { ...before, ...env };
    const { code, stdout, stderr } = await place.run("publish", ...argv);
    place.env = before;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("Ctrl-C", () => {
  mkdirSync(place.at("large"));
  const argv = (repo: string) => ["publish", "--to", `hf:alice/${repo}`, "--input", "large"];

  test.each<[when: string, hold: RegExp, says: string]>([
    ["before anything was sent", /^GET \/api\/whoami/, "Interrupted: nothing was published.\n"],
    [
      "while files are sent",
      /^PUT \/storage/,
      "Interrupted: nothing was published, since all of it appears at once or not at all; the same command again sends only what has not arrived.\n",
    ],
    [
      "while the hub makes the commit",
      /^POST \/api\/datasets\/alice\/\w+\/commit/,
      "Interrupted: the hub had been asked for the commit and may have made it; the same command again says so, or makes it.\n",
    ],
  ])("%s ends it with 130 and how to go on, and the same command goes on", async (when, hold, says) => {
    const repo = when.replaceAll(" ", "_");
    // What the hub has from another repository is not sent again.
    for (const name of ["a", "b"])
      writeFileSync(place.at(`large/${name}.jsonl`), `{"prompt":"${`${name} ${when}`.repeat(500)}"}\n`);
    hub.state.hold = hold;
    const asked = hub.requests.length;
    const running = place.start(...argv(repo));
    await until(() => hub.requests.slice(asked).some((request) => hold.test(request)));
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    hub.state.hold = null;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr.endsWith(says)).toBe(true);
    expect(repos[`alice/${repo}`]?.commits ?? []).toEqual([]);
    const again = await place.run(...argv(repo));
    expect(again).toMatchObject({ code: 0, stdout: `${hub.endpoint}/datasets/alice/${repo}\n` });
    expect(repos[`alice/${repo}`]!.commits).toMatchObject([{ paths: ["README.md", "a.jsonl", "b.jsonl"] }]);
  });
});
