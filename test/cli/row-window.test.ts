import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { buildProgram } from "../../cli/program.ts";
import { loadTokenizer } from "../../shared/annotators/cost/tokens.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { writeRequests } from "../../tools/batch-files/write-requests.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

const WINDOW = ["--limit", "--offset", "--shard"];

function leavesOf(command: Command, path = ""): [string, Command][] {
  const inner = command.commands.flatMap((one) => leavesOf(one, `${path} ${one.name()}`.trim()));
  return inner.length > 0 ? inner : [[path, command]];
}

test("the flags of a part of the rows are known to the commands that read rows for a model, and to no other", () => {
  const flagged = leavesOf(buildProgram([])).flatMap(([path, command]) => {
    const flags = WINDOW.filter((flag) => command.options.some(({ long }) => long === flag));
    return flags.length > 0 ? [[path, flags]] : [];
  });
  const ofRows = flagged.filter(([, flags]) => flags!.length > 1);
  const kinds = ["reannotate", "generate", "judge"];
  const names = [...kinds, ...kinds.map((kind) => `estimate ${kind}`), "batch watch"];
  expect(Object.fromEntries(ofRows)).toEqual(Object.fromEntries(names.map((name) => [name, WINDOW])));
  // What else has a limit shows so many lines, and reads no dataset.
  for (const [, flags] of flagged.filter((one) => !ofRows.includes(one))) expect(flags).toEqual(["--limit"]);
});

test.each([
  [{ limit: 2 }, ["0", "1"]],
  [{ offset: 2 }, ["2", "3"]],
  [{ offset: 1, limit: 2 }, ["1", "2"]],
  [{ shard: "2/2" }, ["2", "3"]],
])("request files of a judge hold the part %j", async (wanted, ids) => {
  await using folder = await temporaryFolder();
  const rows = ["0", "1", "2", "3"].map((id) => JSON.stringify({ id, prompt: "p", response: id }));
  const { requests, files } = await writeRequests({
    input: await folder.put("rows.jsonl", rows.join("\n")),
    output: folder.at("out"),
    judging: await loadJudging({ method: "ratings" }),
    wanted,
    request: { model: "m" },
    rowsPerShard: 10,
    tokenizer: await loadTokenizer("o200k_base"),
  });
  expect(requests).toBe(ids.length);
  const lines = (await readFile(files[0]!.path, "utf8")).trim().split("\n");
  const asked = lines.map((line) => JSON.parse(line).custom_id.split("_")[0]);
  expect(asked).toEqual(ids);
});
