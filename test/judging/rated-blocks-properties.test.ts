import fc from "fast-check";
import { expect, test } from "vitest";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { FAULT_REASONS } from "../../shared/judging/replies/verdict.ts";
import { block, blocksOf, carryOf, type MadeCase, madeCase } from "./replies.ts";

function ratingsOf(made: MadeCase, reply: string): (number | null)[] | string {
  const read = readReply(carryOf(made.part, made.order), reply, null);
  if ("fault" in read) return read.fault.reason;
  if (!("ratings" in read.verdict)) throw new Error("no ratings");
  return read.verdict.ratings.map(({ rating }) => rating);
}

const expected = ({ made }: MadeCase) => made.map(({ rating }) => rating);

test("a reply in form gives each text its own rating, whatever the order shown and the order of blocks", () => {
  fc.assert(
    fc.property(madeCase, fc.infiniteStream(fc.nat()), (made, picks) => {
      const blocks = blocksOf(made);
      const mixed = blocks.map((text) => ({ text, at: picks.next().value })).sort((a, b) => a.at - b.at);
      expect(ratingsOf(made, mixed.map(({ text }) => text).join("\n\n"))).toEqual(expected(made));
    }),
  );
});

const DRESSINGS: Record<string, (reply: string) => string> = {
  "a preamble": (reply) => `Sure! Here is my assessment.\nRating: 2\n\n${reply}`,
  CRLF: (reply) => reply.replaceAll("\n", "\r\n"),
  CR: (reply) => reply.replaceAll("\n", "\r"),
  "a fence": (reply) => `\`\`\`markdown\n${reply}\n\`\`\``,
  "bold labels": (reply) => reply.replace(/^(Type|Rating|Rationale):/gm, "**$1:**"),
  "bold values": (reply) => reply.replace(/^Rating: (.*)$/gm, "Rating: **$1**"),
  "values in brackets": (reply) => reply.replace(/^(Rating|Type): (.*)$/gm, "$1: [$2]"),
  "values in quotes": (reply) => reply.replace(/^(Rating|Type): (.*)$/gm, '$1: "$2"'),
  "bold headers": (reply) => reply.replace(/^#### (.*)$/gm, "**$1:**"),
  "list items": (reply) => reply.replace(/^(Type|Rating|Rationale):/gm, "- $1:"),
  rules: (reply) => reply.replaceAll("\n\n", "\n\n---\n\n"),
  "lower case": (reply) =>
    reply.replaceAll("Output for Text", "output for text").replaceAll("Rating:", "rating:"),
  "blanks at the ends of lines": (reply) => reply.replaceAll("\n", "  \n"),
};

for (const [name, dress] of Object.entries(DRESSINGS)) {
  test(`${name} changes no rating`, () => {
    fc.assert(
      fc.property(madeCase, (made) => {
        expect(ratingsOf(made, dress(blocksOf(made).join("\n\n")))).toEqual(expected(made));
      }),
    );
  });
}

const SPOILT_RATINGS: [string, string][] = [
  ["4.5", "invalid_rating"],
  ["5/5", "invalid_rating"],
  ["4 out of 5", "invalid_rating"],
  ["four", "invalid_rating"],
  ["４", "invalid_rating"],
  ["٤", "invalid_rating"],
  ["४", "invalid_rating"],
  ["4,", "invalid_rating"],
  ["[4", "invalid_rating"],
  ["[[4]]", "invalid_rating"],
  ["+4", "invalid_rating"],
  ["1e0", "invalid_rating"],
  ["0x4", "invalid_rating"],
  ["null", "invalid_rating"],
  ["4\u200b", "invalid_rating"],
  ["0", "out_of_scale"],
  ["6", "out_of_scale"],
  ["12", "out_of_scale"],
  ["04", "out_of_scale"],
  ["-4", "out_of_scale"],
  ["", "missing_line"],
];

test.each(SPOILT_RATINGS)("the rating %j is no rating: %s", (spoilt, reason) => {
  fc.assert(
    fc.property(madeCase, fc.nat(), (made, pick) => {
      const blocks = blocksOf(made);
      const at = pick % blocks.length;
      blocks[at] = blocks[at]!.replace(/^Rating: .*$/m, `Rating: ${spoilt}`);
      expect(ratingsOf(made, blocks.join("\n\n"))).toBe(reason);
    }),
  );
});

const SPOILT_BLOCKS: [string, string, (block: string, number: number, count: number) => string][] = [
  ["left out", "missing_header|empty_reply", () => ""],
  ["without its header", "missing_header|unexpected_line", (text) => text.split("\n").slice(1).join("\n")],
  ["with its header twice", "repeated_header", (text) => `${text}\n\n${text}`],
  [
    "with a number that was not shown",
    "unexpected_header",
    (text, _, count) => text.replace(/Text \d+/, `Text ${count + 1}`),
  ],
  [
    "with its number in other digits",
    "missing_header|unexpected_header",
    (text, number) => text.replace(/Text \d+/, `Text ${String.fromCodePoint(0xff10 + number)}`),
  ],
  [
    "with another header",
    "missing_header|unexpected_header",
    (text, number) => text.replace(/^.*$/m, `## Text ${number} (evaluation)`),
  ],
  [
    "with another bold header",
    "missing_header|unexpected_header",
    (text, number) => text.replace(/^.*$/m, `**Response ${number} evaluation**`),
  ],
  [
    "with a header before a colon",
    "missing_header|unexpected_header",
    (text, number) => text.replace(/^.*$/m, `Rating of text ${number}:`),
  ],
  ["without its rating", "missing_line|unexpected_line", (text) => text.replace(/^Rating: .*\n/m, "")],
  ["with two ratings", "unexpected_line", (text) => text.replace(/^(Rating: .*)$/m, "$1\n$1")],
  ["with a rating at its end", "unexpected_line", (text) => `${text}\nRating: 3`],
  ["with words before its rating", "unexpected_line", (text) => text.replace("\n", "\nLet us see.\n")],
];

test.each(SPOILT_BLOCKS)("a block %s gives no verdict: %s", (_, reasons, spoil) => {
  fc.assert(
    fc.property(madeCase, fc.nat(), (made, pick) => {
      const blocks = blocksOf(made);
      const at = pick % blocks.length;
      blocks[at] = spoil(blocks[at]!, at + 1, blocks.length);
      expect(reasons.split("|")).toContain(ratingsOf(made, blocks.join("\n\n")));
    }),
  );
});

test("a reply that is cut gives no verdict, or the ratings that it would have given whole", () => {
  fc.assert(
    fc.property(madeCase, fc.double({ min: 0, max: 1, noNaN: true }), (made, share) => {
      const whole = blocksOf(made).join("\n\n");
      const read = ratingsOf(made, whole.slice(0, Math.floor(whole.length * share)));
      if (typeof read !== "string") expect(read).toEqual(expected(made));
    }),
    { numRuns: 500 },
  );
});

test("whatever is put into a reply, no text gets a rating that was not written below its own header", () => {
  const noise = fc.oneof(
    fc.constantFrom(
      "Rating: 3",
      "#### Output for Text 1",
      "#### Output for Text 2",
      "Type: 1",
      "Rationale: x",
    ),
    fc.constantFrom("**Text 2**", "#### Text 2", "Output for Text ２", "---", "```", "text 2:", "N/A"),
    fc.string(),
  );
  fc.assert(
    fc.property(madeCase, fc.array(fc.tuple(fc.nat(), noise), { maxLength: 4 }), (made, noises) => {
      const lines = blocksOf(made).join("\n\n").split("\n");
      for (const [at, line] of noises) lines.splice(at % (lines.length + 1), 0, line);
      const read = ratingsOf(made, lines.join("\n"));
      if (typeof read === "string") return;
      for (const [index, rating] of read.entries()) {
        const number = made.order.indexOf(index) + 1;
        expect(writtenBelow(lines, number)).toContain(String(rating ?? "N/A"));
      }
    }),
    { numRuns: 1000 },
  );
});

/** Values of rating lines between a text's header and the next header of whatever text. */
function writtenBelow(lines: readonly string[], number: number): string[] {
  const start = lines.indexOf(`#### Output for Text ${number}`);
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith("#### "));
  const own = length < 0 ? lines.slice(start + 1) : lines.slice(start + 1, start + 1 + length);
  return own.flatMap((line) => /^Rating: (.*)$/.exec(line)?.[1] ?? []);
}

test("any text at all gives a verdict or one of the named reasons", () => {
  const carry = carryOf("helpfulness", [1, 0]);
  const pieces = fc.constantFrom(
    "#### Output for Text ",
    "1",
    "2",
    "\n",
    "Rating: ",
    "Type: ",
    "Rationale: ",
    "*",
    "\r",
    "{",
    " ",
    "\ud800",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(fc.option(text), fc.option(fc.string()), (reply, refusal) => {
      const read = readReply(carry, reply, refusal);
      if ("fault" in read) expect(FAULT_REASONS).toContain(read.fault.reason);
      else expect(read.verdict).toHaveProperty("ratings.length", 2);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['```json\n{"text 1": {"rating": 4}}\n```', "missing_header"],
  ["I'm sorry, but I can't help with that.", "missing_header"],
  ["1. 4\n2. 3", "missing_header"],
])("a reply in another form gives no verdict: %j", (reply, reason) => {
  expect(readReply(carryOf("honesty", [0, 1]), reply, null)).toMatchObject({ fault: { reason } });
});

test("prompts that show other numbers are answered by those", () => {
  const made = { rating: 3, types: [], words: "Fine." };
  const reply = [2, 3].map((number) => block(number, { ...made, rating: number }, false)).join("\n");
  const read = readReply(carryOf("honesty", [0, 1], [2, 3]), reply, null);
  expect(read).toMatchObject({ verdict: { ratings: [{ rating: 2 }, { rating: 3 }] } });
  const fault = { reason: "unexpected_header", message: "has a block for text 3, which was not shown" };
  expect(readReply(carryOf("honesty", [0, 1]), reply, null)).toEqual({ fault });
});
