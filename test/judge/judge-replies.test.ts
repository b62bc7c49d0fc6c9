import { expect, test } from "vitest";
import { judgeReplies } from "../../services/judge/judge-replies.ts";
import type { Reply } from "../../shared/contracts/reply-chunk.ts";
import type { Carry } from "../../shared/judging/calls/carry.ts";

const CARRY: Carry = {
  method: "ultrafeedback",
  part: "honesty",
  template: { name: "t", sha256: "s" },
  order: [1, 0],
  numbers: [1, 2],
};
const ASKED = JSON.stringify([{ role: "user", content: "Judge these." }]);
const GOOD =
  "#### Output for Text 1\nRating: 2\nRationale: a\n\n#### Output for Text 2\nRating: N/A\nRationale: b";

function reply(row: number, text: string | null, more: Partial<Reply> = {}): Reply {
  const choices = [{ text, finish_reason: "stop", refusal: null, logprobs: null }];
  const line = JSON.stringify({ row, model: "m", usage: null, choices, attempts: 1 });
  const tokens = { promptTokens: 100, completionTokens: 10 };
  return {
    ...{ row, ok: true, truncated: false, line, ...tokens, messages: ASKED },
    ...{ carry: JSON.stringify({ about: CARRY }), ...more },
  };
}

test("a reply in the form asked for is a verdict in the item's own order, with the reply beside it", () => {
  const { results, again } = judgeReplies({ results: [reply(4, GOOD)] }, 3);
  expect(again).toEqual([]);
  expect(results).toMatchObject([{ row: 4, ok: true, promptTokens: 100, completionTokens: 10 }]);
  expect(JSON.parse(results[0]!.line)).toMatchObject({
    row: 4,
    verdict: { ratings: [{ rating: null }, { rating: 2 }] },
    ...{ reply: GOOD, asks: 1, faults: [] },
  });
});

test("a reply without a verdict is asked for again with its fault named, until it was asked for often enough", () => {
  let next = reply(7, "I like them all.");
  for (const asks of [1, 2]) {
    const { results, again } = judgeReplies({ results: [next] }, 3);
    expect(results).toEqual([]);
    const chat = JSON.parse(again[0]!.messages);
    expect(chat).toHaveLength(1 + 2 * asks);
    expect(chat.at(-2)).toEqual({ role: "assistant", content: "I like them all." });
    expect(chat.at(-1).content).toContain("has no block for text 1, 2");
    next = reply(7, "I like them all.", { messages: again[0]!.messages, carry: again[0]!.carry! });
  }
  const { results, again } = judgeReplies({ results: [next] }, 3);
  expect(again).toEqual([]);
  expect(results).toMatchObject([{ row: 7, ok: false, promptTokens: 300, completionTokens: 30 }]);
  expect(JSON.parse(results[0]!.line)).toMatchObject({
    reason: "missing_header",
    message: "The reply has no block for text 1, 2. It was asked for 3 times.",
    reply: "I like them all.",
    faults: ["missing_header", "missing_header", "missing_header"],
  });
});

test("a good reply after a bad one counts the tokens of both", () => {
  const [first] = judgeReplies({ results: [reply(1, null)] }, 2).again;
  const second = reply(1, GOOD, { messages: first!.messages, carry: first!.carry! });
  const { results } = judgeReplies({ results: [second] }, 2);
  expect(results).toMatchObject([{ ok: true, promptTokens: 200, completionTokens: 20 }]);
  expect(JSON.parse(results[0]!.line)).toMatchObject({ asks: 2, faults: ["empty_reply"] });
});

test("one that cannot be read leaves its neighbours as they are", () => {
  const alone = judgeReplies({ results: [reply(0, GOOD), reply(2, GOOD)] }, 1).results;
  const beside = judgeReplies({ results: [reply(0, GOOD), reply(1, "x"), reply(2, GOOD)] }, 1).results;
  expect([beside[0], beside[2]]).toEqual(alone);
});

test("a row for which no reply came keeps the lane's reason; one that carries nothing to read it by fails with its own", () => {
  const line = JSON.stringify({ row: 3, reason: "timeout", message: "No answer.", attempts: 5 });
  const { results } = judgeReplies(
    { results: [reply(3, "", { ok: false, line, messages: "" }), reply(5, GOOD, { carry: "" })] },
    3,
  );
  expect(results.map(({ ok, line: text }) => [ok, JSON.parse(text).reason])).toEqual([
    [false, "timeout"],
    [false, "unreadable_request"],
  ]);
});
