import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { startFakeHub } from "../support/fake-hub.ts";
import { workplace } from "./assay.ts";

const TOKEN = "hf_a_secret";
const hub = await startFakeHub({}, { [TOKEN]: { name: "alice" } });
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
    expect(first.stderr).toContain("1 files are no data and stay here: openai.tok.");
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

  test.each<[argv: string[], env: Record<string, string>, says: string]>([
    [["--input", "out"], {}, "--to is missing"],
    [["--to", "hf:alice/d"], {}, "--input is missing"],
    [["--to", "alice/d", "--input", "out"], {}, '--to is "alice/d": give hf:OWNER/NAME'],
    [["--to", "hf:alice/d", "--input", "none.jsonl"], {}, "none.jsonl does not exist"],
    [["--to", "hf:alice/d", "--input", "out", "--card", "none.md"], {}, "none.md does not exist"],
    [["--to", "hf:alice/d", "--input", "out"], { HF_TOKEN: "" }, "HF_TOKEN is not set"],
    [["--to", "hf:alice/d", "--input", "out"], { HF_TOKEN: "hf_other" }, "The hub refuses HF_TOKEN"],
    [["--to", "hf:bob/d", "--input", "out"], {}, "HF_TOKEN belongs to alice"],
  ])("%j %j ends in one sentence and exit code 2", async (argv, env, says) => {
    const before = place.env;
    place.env = { ...before, ...env };
    const { code, stdout, stderr } = await place.run("publish", ...argv);
    place.env = before;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
