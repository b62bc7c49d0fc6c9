import fc from "fast-check";
import { expect, test } from "vitest";
import type { Carry } from "../../shared/judging/calls/carry.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { FAULT_REASONS } from "../../shared/judging/replies/verdict.ts";

const template = { name: "t", sha256: "0" };
const RATING: Carry = { method: "ratings", part: "ratings", template, order: [0], numbers: [1] };
const SWAPPED: Carry = { method: "rankings", part: "ba", template, order: [1, 0], numbers: [1, 2] };
const SCHEMA = {
  type: "object",
  properties: { score: { type: "integer", minimum: 1, maximum: 5 }, why: { type: "string" } },
  required: ["score", "why"],
  additionalProperties: false,
};
const CUSTOM: Carry = {
  method: "custom",
  part: "custom",
  template,
  order: [0],
  numbers: [1],
  schema: SCHEMA,
};

function outcome(carry: Carry, text: string | null, refusal: string | null = null) {
  const read = readReply(carry, text, refusal);
  return "fault" in read ? read.fault.reason : read.verdict;
}

test.each([
  ["6", { ratings: [{ rating: 6 }] }],
  [
    "\n\n 7 \r\nCannot be better.\r\nReally.",
    { ratings: [{ rating: 7, rationale: "Cannot be better.\r\nReally." }] },
  ],
  ["**1**\n\nUseless.", { ratings: [{ rating: 1, rationale: "Useless." }] }],
  ["4\n5", { ratings: [{ rating: 4, rationale: "5" }] }],
  ["8", "out_of_scale"],
  ["0", "out_of_scale"],
  ["12", "out_of_scale"],
  ["-3", "out_of_scale"],
  ["4.5", "invalid_rating"],
  ["5/7", "invalid_rating"],
  ["Rating: 5", { ratings: [{ rating: 5 }] }],
  ["**Rating:** [5]\nGood.", { ratings: [{ rating: 5, rationale: "Good." }] }],
  ["5.", { ratings: [{ rating: 5 }] }],
  ["[5]", { ratings: [{ rating: 5 }] }],
  ["**5**.", { ratings: [{ rating: 5 }] }],
  ["Rating: 5\nRating: 5", { ratings: [{ rating: 5, rationale: "Rating: 5" }] }],
  ["Rating: 5\nAll in all:\nRating: 6", "invalid_rating"],
  ["Rating: 5-6", "invalid_rating"],
  ["Rating: 5 of 7", "invalid_rating"],
  ["5..", "invalid_rating"],
  ["[8].", "out_of_scale"],
  ["<think>\n3, or 4?\nRating: 3\n</think>\n\n4\nFine.", { ratings: [{ rating: 4, rationale: "Fine." }] }],
  ["It is a 3.\n</think>\n4", { ratings: [{ rating: 4 }] }],
  ["<think>a</think><think>b</think>4", { ratings: [{ rating: 4 }] }],
  ["<think>\n5", "empty_reply"],
  ["<think>5</think>\n ", "empty_reply"],
  ["4\n<think>no, 5</think>", { ratings: [{ rating: 4, rationale: "<think>no, 5</think>" }] }],
  ["５", "invalid_rating"],
  ["N/A", "invalid_rating"],
  ["I would say 5.\n5", "invalid_rating"],
  ["```\n5\n```", "invalid_rating"],
  ['{"rating": 5}', "invalid_rating"],
  [" \n\t", "empty_reply"],
])("a rating of one response: %j", (text, expected) => {
  expect(outcome(RATING, text)).toEqual(expected);
});

test.each([
  ["Output (a)", { letter: "(a)", preferred: 1 }],
  ["output (B).\nBecause.", { letter: "(b)", preferred: 0, rationale: "Because." }],
  ["**Output (a)**", { letter: "(a)", preferred: 1 }],
  ["<think>Output (b)? No.</think>Output (a)", { letter: "(a)", preferred: 1 }],
  ["Output (a)\nOutput (a)", { letter: "(a)", preferred: 1, rationale: "Output (a)" }],
  ["Output (a)\n\nOutput (b)", "several_choices"],
  ["Output (c)", "no_choice"],
  ["(a)", "no_choice"],
  ["Output (a) and Output (b)", "no_choice"],
  ["Output (a) is better than Output (b)", "no_choice"],
  ["Both are fine.\nOutput (a)", "no_choice"],
  ["equal", "no_choice"],
  ["", "empty_reply"],
])("a choice between two, shown in the other order: %j", (text, expected) => {
  expect(outcome(SWAPPED, text)).toEqual(expected);
});

const answer = { score: 4, why: "ok" };
test.each([
  [JSON.stringify(answer), { answer }],
  [`  ${JSON.stringify(answer, null, 2).replaceAll("\n", "\r\n")}\n`, { answer }],
  [`\`\`\`json\n${JSON.stringify(answer)}\n\`\`\``, { answer }],
  [`<think>{"score": 1}</think>\n${JSON.stringify(answer)}`, { answer }],
  ['{"score": 6, "why": "x"}', "schema_mismatch"],
  ['{"score": 4.5, "why": "x"}', "schema_mismatch"],
  ['{"score": 4}', "schema_mismatch"],
  ['{"score": 4, "why": "x", "more": 1}', "schema_mismatch"],
  ["[]", "schema_mismatch"],
  ["4", "schema_mismatch"],
  [`Here it is: ${JSON.stringify(answer)}`, "invalid_json"],
  ['{"score": 4, "why": "cut of', "invalid_json"],
  ["```json", "invalid_json"],
  ["``````", "invalid_json"],
  ["[".repeat(200_000), "invalid_json"],
])("an answer by a schema: %.60j", (text, expected) => {
  expect(outcome(CUSTOM, text)).toEqual(expected);
});

test("a refusal is named as one, unless there is a verdict besides", () => {
  expect(outcome(RATING, null, "I cannot judge that.")).toBe("refusal");
  expect(outcome(RATING, "", "I cannot judge that.")).toBe("refusal");
  expect(outcome(RATING, "No.", "I cannot judge that.")).toBe("refusal");
  expect(outcome(RATING, "5", "I cannot judge that.")).toEqual({ ratings: [{ rating: 5 }] });
  expect(outcome(RATING, null)).toBe("empty_reply");
});

test("any text at all gives a verdict or one of the named reasons, by each method", () => {
  const pieces = fc.constantFrom(
    "Output (a)",
    "Output (b)",
    "\n",
    "7",
    "{",
    "}",
    '"score"',
    ":",
    "[",
    "```",
    " ",
    "\ud800",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(RATING, SWAPPED, CUSTOM), (reply, carry) => {
      const read = readReply(carry, reply, null);
      if ("fault" in read) expect(FAULT_REASONS).toContain(read.fault.reason);
      else expect(JSON.parse(JSON.stringify(read))).toEqual(read);
    }),
    { numRuns: 500 },
  );
});

/** Texts that a pattern with a way back would try for ages. */
const HOSTILE = [
  "*",
  "#",
  "_",
  "`",
  " ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "- ",
  "Rating: ",
  "Rating:\n",
  "Type: 1, ",
  "1, ",
  "#### Output for Text ",
  "Output for Text 1",
  "Output (a)",
  "Output (a) ",
  "(",
  "[",
  '{"a":',
  '"',
  "\\",
  "9",
  "４",
  "\u200b",
  "**Text 1",
  "a",
  "#### Output for Text 1\nRating: 4\nRationale: ",
  "\ud800",
];

test("a megabyte of anything is read in a time that grows with its length only", () => {
  const blocks: Carry = {
    method: "ultrafeedback",
    part: "helpfulness",
    template,
    order: [0, 1],
    numbers: [1, 2],
  };
  const read = (size: number) => {
    // Its own time: that of a machine with other work would tell nothing.
    const before = process.cpuUsage();
    for (const piece of HOSTILE) {
      const text = piece.repeat(Math.ceil(size / piece.length));
      for (const carry of [blocks, RATING, SWAPPED, CUSTOM])
        readReply(carry, `#### Output for Text 1\n${text}`, null);
      for (const carry of [blocks, RATING, SWAPPED, CUSTOM]) readReply(carry, text, null);
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  read(10_000);
  const [small, large] = [read(100_000), read(1_000_000)];
  // Ten times the length: a square would take a hundred times as long.
  expect(large / small).toBeLessThan(50);
});
