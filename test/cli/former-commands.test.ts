import { expect, test } from "vitest";
import { formerCommand } from "../../cli/flags/former-commands.ts";
import { buildProgram } from "../../cli/program.ts";

test.each([
  ["watch-gpt-batch", "batch watch"],
  ["watch_gpt_batch.py", "batch watch"],
  ["scripts/create_batchinput.py", "batch create-input"],
  ["create-batchinput", "batch create-input"],
  ["reannotate_dataset.py", "reannotate"],
  ["generate-responses", "generate"],
  ["annotate-preferences", "judge"],
  ["calculate_winrate.py", "winrate"],
  ["download-batch-results", "batch download"],
  ["parse-batch-output", "batch reformat"],
])("%s of earlier tools is `assay %s`, which there is", (script, command) => {
  expect(formerCommand(script)).toBe(command);
  let found = buildProgram([]) as { commands: readonly { name(): string }[] };
  for (const word of command.split(" ")) {
    found = found.commands.find((one) => one.name() === word) as unknown as typeof found;
    expect(found).toBeDefined();
  }
});

test.each(["reannotat", "jobs", "frobnicate"])("%s is none of them", (word) => {
  expect(formerCommand(word)).toBeUndefined();
});
