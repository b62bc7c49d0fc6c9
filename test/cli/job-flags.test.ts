import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addJobFlags, givenFields } from "../../cli/flags/job-flags.ts";
import { GENERATE_FLAGS } from "../../cli/generate/generate-flags.ts";
import { JUDGE_FLAGS } from "../../cli/judge/judge-flags.ts";
import { REANNOTATE_FLAGS } from "../../cli/reannotate/reannotate-flags.ts";
import { GenerateMessage } from "../../shared/contracts/messages/generate-message.ts";
import { JudgeMessage } from "../../shared/contracts/messages/judge-message.ts";
import {
  parseReannotateMessage,
  ReannotateMessage,
} from "../../shared/contracts/messages/reannotate-message.ts";

const fieldOf = (long: string) => long.slice(2).replaceAll("-", "_");

function fieldsOf(...argv: string[]): Record<string, unknown> {
  const command = new Command().exitOverride();
  addJobFlags(command, REANNOTATE_FLAGS);
  command.parse(argv, { from: "user" });
  return givenFields(command.opts(), REANNOTATE_FLAGS, (_, given) => given);
}

describe("the flags of a job", () => {
  test.each([
    ["reannotate", REANNOTATE_FLAGS, ReannotateMessage],
    ["generate", GENERATE_FLAGS, GenerateMessage],
    ["judge", JUDGE_FLAGS, JudgeMessage],
  ])("are the fields of the message, all of them and no others: %s", (_, groups, message) => {
    const command = new Command();
    addJobFlags(command, groups);
    const flags = command.options.filter((option) => !option.hidden).map((option) => fieldOf(option.long!));
    expect(flags.sort()).toEqual(Object.keys(message.shape).sort());
  });

  test("that are not given are not in the message, so that its defaults are known as such", () => {
    expect(fieldsOf("--dataset", "a.jsonl")).toEqual({ dataset: "a.jsonl" });
  });

  test("become values that the message's schema takes", () => {
    const fields = fieldsOf(
      ...[
        "--dataset",
        "a",
        "--temperature",
        "0.5",
        "--max-tokens",
        "1_000",
        "--stop",
        "END,###",
        "--logprobs",
      ],
      ...[
        "--presence-penalty",
        "-1.5",
        "--max-requests-per-minute",
        "unlimited",
        "--max-tokens-per-minute",
        "9000",
      ],
      ...[
        "--logit-bias",
        '{"5": -100}',
        "--invalid-finish-reasons",
        "length, content_filter",
        "--skip-bad-rows",
      ],
    );
    expect(parseReannotateMessage(fields)).toMatchObject({
      temperature: 0.5,
      max_tokens: 1000,
      stop: ["END", "###"],
      logprobs: true,
      presence_penalty: -1.5,
      max_requests_per_minute: "unlimited",
      max_tokens_per_minute: 9000,
      logit_bias: { "5": -100 },
      invalid_finish_reasons: ["length", "content_filter"],
      skip_bad_rows: true,
    });
  });

  test("--resume is --retry-failed", () => {
    expect(fieldsOf("--resume")).toEqual({ retry_failed: true });
    expect(fieldsOf("--retry-failed")).toEqual({ retry_failed: true });
  });

  test("that are no numbers are refused in the message's own words", () => {
    expect(() => parseReannotateMessage(fieldsOf("--dataset", "a", "--temperature", "warm"))).toThrow(
      'temperature is "warm": give a number from 0 to 2.',
    );
    expect(() => parseReannotateMessage(fieldsOf("--dataset", "a", "--limit", ""))).toThrow('limit is ""');
  });
});
