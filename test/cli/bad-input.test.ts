import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCommand } from "../../cli/run-command.ts";
import { type Outcome, workplace } from "./assay.ts";

const place = workplace();
const here = process.cwd();
const environment = { ...process.env };
beforeAll(() => {
  process.chdir(place.folder);
  process.env.OPENAI_API_KEY = "sk-test";
  for (const name of ["ASSAY_HOME", "ASSAY_NATS_URL", "ASSAY_ANNOTATORS", "OPENAI_BASE_URL"])
    delete process.env[name];
});
afterAll(async () => {
  process.chdir(here);
  process.env = environment;
  await place[Symbol.asyncDispose]();
});

/** The command in this process: what it would print, and its exit code. */
async function assay(...argv: string[]): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  }
  try {
    return { code: await runCommand(argv), ...written };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  }
}

writeFileSync(place.at("good.jsonl"), '{"instruction": "Name a colour.", "output": "blue"}\n');
writeFileSync(place.at("broken.jsonl"), '{"instruction": "a"}\n{"instruction": \n');
writeFileSync(place.at("comma.jsonl"), '{"a": "b",}\n');
writeFileSync(place.at("bare.jsonl"), '{"instruction": "a"}\n{"output": "b"}\n');
writeFileSync(place.at("empty.jsonl"), "");
writeFileSync(place.at("wrong.yaml"), "annotators:\n  mine:\n    base_ulr: http://127.0.0.1:1/v1\n");
mkdirSync(place.at("folder"));

const good = ["reannotate", "--dataset", "good.jsonl"];

/** Command line, exit code, and what the one sentence holds. */
const faults: [argv: string[], code: number, ...says: string[]][] = [
  [["reanotate"], 2, "There is no command reanotate", "did you mean reannotate?"],
  [["help", "reanotate"], 2, "There is no command reanotate", "did you mean reannotate?", "`assay --help`"],
  [["nope", "--help"], 2, "There is no command nope. See `assay --help`."],
  [["help", "jobs", "shwo"], 2, "did you mean show?", "`assay jobs --help`"],
  [["jobs", "help", "shwo"], 2, "did you mean show?", "`assay jobs --help`"],
  [["batch", "downlod", "results.jsonl"], 2, "There is no command downlod", "did you mean download?"],
  [["jobs", "shwo"], 2, "There is no command shwo", "did you mean show?", "`assay jobs --help`"],
  [
    ["jobs", "watch"],
    2,
    "assay jobs watch needs <job>: its id, or the id's first digits.",
    "`assay jobs watch --help`",
  ],
  [["status", "now"], 2, 'does not take "now"'],
  [[...good, "--max-token", "5"], 2, "There is no flag --max-token", "did you mean --max-tokens"],
  [[...good, "--max_tokns=5"], 2, "There is no flag --max-tokns", "did you mean --max-tokens"],
  [[...good, "--seed"], 2, "--seed", "missing"],
  [["reannotate"], 2, "--dataset is missing"],
  [["reannotate", "--dataset", "god.jsonl"], 2, 'There is no dataset "god.jsonl"', "did you mean good.jsonl"],
  [["reannotate", "--dataset", "CodeAlpaca-20k"], 2, "did you mean sahil2801/CodeAlpaca-20k"],
  [["reannotate", "--dataset", "folder"], 2, "is a folder"],
  [[...good, "--annotator", "gpt-4o-min"], 2, 'Unknown annotator "gpt-4o-min"', "did you mean gpt-4o-mini"],
  [[...good, "--temperature", "3"], 2, "temperature is 3: give a number from 0 to 2."],
  [[...good, "--top_p", "high"], 2, 'top_p is "high"'],
  [[...good, "--limit", "-1"], 2, "limit is -1: give a whole number from 1"],
  [[...good, "--shard", "3"], 2, 'shard is "3": give INDEX/COUNT such as 2/8, counted from 1.'],
  [[...good, "--format", "xml"], 2, 'format is "xml": give json, jsonl, csv or parquet.'],
  [[...good, "--extra-body", "{"], 2, "extra_body"],
  [[...good, "--annotator", "openai/o3-mini", "--temperature", "0.2"], 2, "o3-mini", "temperature"],
  [[...good, "--annotators", "none.yaml"], 2, "--annotators names none.yaml, which does not exist"],
  [[...good, "--annotators", "wrong.yaml"], 2, "wrong.yaml", "base_ulr"],
  [[...good, "--logging-level", "loud"], 2, "--logging-level"],
  [[...good, "--system", "@none.txt"], 2, "--system: none.txt does not exist: check the path."],
  [["estimate", "--dataset", "broken.jsonl"], 2, "broken.jsonl line 2"],
  [["estimate", "--dataset", "comma.jsonl"], 2, "comma.jsonl line 1", "at its character 11): mend"],
  [["estimate", "--dataset", "bare.jsonl"], 2, "bare.jsonl line 2", "instruction"],
  [["estimate", "--dataset", "empty.jsonl"], 2, "empty.jsonl"],
  [["estimate", "--dataset", "good.jsonl", "--columns", "instruction=question"], 2, '"question"'],
  [["jobs"], 3, "No system runs in"],
  [["status"], 3, "No system runs in"],
  [["jobs", "rows", "1234", "--limit", "many"], 3, "No system runs in"],
  [["logs"], 3, "There are no logs"],
  [["up", "--replicas", "dispather=2"], 2, "did you mean dispatcher?"],
  [["up", "--port", "99999"], 2, "--port"],
];

describe("wrong use ends in one sentence with the way out", () => {
  test.each(faults)("%j", async (argv, code, ...says) => {
    const outcome = await assay(...argv);
    expect(outcome.stdout).toBe("");
    expect(outcome.stderr).toMatch(/^Error: [^\n]+\n$/);
    for (const part of says) expect(outcome.stderr).toContain(part);
    expect(outcome.code).toBe(code);
  });
});

test("a command that fails ends the process with its code, and says so on standard error alone", async () => {
  const { code, stdout, stderr } = await place.run(...good);
  expect(stdout).toBe("");
  expect(stderr).toContain("OPENAI_API_KEY is not set");
  expect(stderr).not.toContain("Starting");
  expect(code).toBe(3);
});

describe("help", () => {
  const commands = [
    "",
    "reannotate",
    "estimate",
    "jobs",
    "jobs rows",
    "annotators",
    "datasets",
    "up",
    "down",
    "status",
    "logs",
  ];
  test.concurrent.each(commands)(
    "of `assay %s` says how it is used",
    { timeout: 120_000 },
    async (command) => {
      const { code, stdout } = await assay(...command.split(" ").filter(Boolean), "--help");
      expect(stdout).toContain(`Usage: assay ${command}`.trimEnd());
      expect(code).toBe(0);
    },
  );

  test.each<[words: string, of: string]>([
    ["help", ""],
    ["help jobs", "jobs"],
    ["help jobs rows", "jobs rows"],
    ["jobs help rows", "jobs rows"],
    ["help rows", "jobs rows"],
    ["help help", ""],
  ])("`assay %s` is the help of `assay %s`, and no failure", async (words, of) => {
    const outcome = await assay(...words.split(" "));
    expect(outcome).toEqual(await assay(...of.split(" ").filter(Boolean), "--help"));
    expect(outcome.code).toBe(0);
  });

  test("of the whole is shown, with exit code 2, where no command was given", async () => {
    const { code, stderr } = await assay();
    expect(stderr).toContain("reannotate");
    expect(code).toBe(2);
  });
});
