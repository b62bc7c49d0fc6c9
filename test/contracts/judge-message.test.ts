import { expect, test } from "vitest";
import { parseJudgeMessage } from "../../shared/contracts/messages/judge-message.ts";

const message = { method: "overall", input: "items.jsonl", output: "judged.jsonl" };

test("re-asks by batches need batches", () => {
  expect(parseJudgeMessage({ ...message, batch: true, reask_lane: "batch" }).reask_lane).toBe("batch");
  expect(() => parseJudgeMessage({ ...message, reask_lane: "batch" })).toThrow(
    "reask_lane means something with batch only: give batch too, or leave it out.",
  );
  expect(() => parseJudgeMessage({ ...message, batch: true, reask_lane: "calls" })).toThrow(
    'reask_lane is "calls": give one of online, batch.',
  );
});
