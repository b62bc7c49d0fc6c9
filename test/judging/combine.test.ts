import { expect, test } from "vitest";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import type { Item } from "../../shared/judging/items/item.ts";
import { combine, type PartOutcome } from "../../shared/judging/judged/combine.ts";
import type { JudgedRow } from "../../shared/judging/judged/judged-row.ts";
import { type MeanOptions, responseMeans } from "../../shared/judging/judged/response-means.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { itemOf } from "./items.ts";
import { block } from "./replies.ts";

/** Asks and reads each part of an item, with replies that a test gives by part and order shown. */
async function judged(
  flags: Parameters<typeof loadJudging>[0],
  item: Item,
  reply: (part: string, order: number[]) => string,
  options?: MeanOptions,
) {
  const judging = await loadJudging(flags);
  const outcomes: Record<string, PartOutcome> = {};
  for (const part of partsOf(judging, item)) {
    const { carry } = renderPart(judging, item, part);
    const text = reply(part, carry.order);
    outcomes[part] = { carry, reply: text, ...readReply(carry, text, null) };
  }
  return combine(item, outcomes, options);
}

function rowOf(combined: Awaited<ReturnType<typeof judged>>): JudgedRow {
  if ("fault" in combined) throw new Error(combined.fault.message);
  return combined.row;
}

/** The worked example: ratings in the order of the responses. */
const EXAMPLE: Record<string, (number | null)[]> = {
  helpfulness: [4, 3, 5, 1],
  honesty: [null, null, null, null],
  instruction_following: [4, 3, 5, 2],
  truthfulness: [5, 5, 5, 1],
};

function exampleReply(part: string, order: number[]): string {
  const typed = part === "helpfulness" || part === "truthfulness";
  const blocks = order.map((index, place) =>
    block(place + 1, { rating: EXAMPLE[part]![index]!, types: [1], words: `r${index}` }, typed),
  );
  return blocks.join("\n\n");
}

const four = itemOf(["A", "B", "C", "D"], { extra: { dataset: "d", means: "mine" } });

test("the worked example: means over the aspects that have a value", async () => {
  const row = rowOf(await judged({ method: "ultrafeedback", seed: 3 }, four, exampleReply));
  expect(row.means!.map((mean) => mean!.toFixed(3))).toEqual(["4.333", "3.667", "5.000", "1.333"]);
  expect(row.aspects_used).toEqual(Array(4).fill(["instruction_following", "truthfulness", "helpfulness"]));
  expect(row).toMatchObject({
    id: "p1",
    models: ["m0", "m1", "m2", "m3"],
    dataset: "d",
    original_means: "mine",
  });
  expect(row.judgements.helpfulness).toMatchObject({
    ratings: [4, 3, 5, 1],
    rationales: ["r0", "r1", "r2", "r3"],
    types: [[1], [1], [1], [1]],
    template: { name: "assay/helpfulness", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    reply: exampleReply("helpfulness", row.judgements.helpfulness!.order),
  });
});

test("an aspect that could not be read is a missing value with its reason, and the others count", async () => {
  const row = rowOf(
    await judged({ method: "ultrafeedback" }, four, (part, order) =>
      part === "truthfulness" ? "No." : exampleReply(part, order),
    ),
  );
  expect(row.means).toEqual([4, 3, 5, 1.5]);
  expect(row.judgements.truthfulness).toMatchObject({ fault: { reason: "missing_header" }, reply: "No." });
  const none = await judged({ method: "ultrafeedback" }, four, () => "No.");
  expect(none).toEqual({
    fault: {
      reason: "missing_header",
      message: "has no verdict on instruction_following: the reply has no block for text 1, 2, 3, 4",
    },
  });
});

test("a mean may be asked to be over what all rivals have, or over some aspects at least", () => {
  const ratings = { a: [5, null], b: [3, 4], c: [null, null] };
  expect(responseMeans(ratings).means).toEqual([4, 4]);
  expect(responseMeans(ratings, { commonAspects: true })).toEqual({
    means: [3, 4],
    aspects_used: [["b"], ["b"]],
  });
  expect(responseMeans(ratings, { minAspects: 2 }).means).toEqual([4, null]);
  expect(responseMeans({ a: [null] }).means).toEqual([null]);
});

test.each([
  ["the same response in both orders", { ab: "Output (b)", ba: "Output (a)" }, "(b)"],
  ["the first response in both orders", { ab: "Output (a)", ba: "Output (b)" }, "(a)"],
  ["the first place twice", { ab: "Output (a)", ba: "Output (a)" }, "equal"],
  ["the second place twice", { ab: "Output (b)", ba: "Output (b)" }, "equal"],
])("who prefers %s: both letters are kept", async (_, replies: Record<string, string>, ranking) => {
  const row = rowOf(await judged({ method: "rankings" }, itemOf(["x", "y"]), (part) => replies[part]!));
  expect(row.ranking).toBe(ranking);
  expect(row.letters).toEqual({ ab: replies.ab!.slice(-3), ba: replies.ba!.slice(-3) });
});

test("a pair with one order unread has no ranking", async () => {
  const combined = await judged({ method: "rankings" }, itemOf(["x", "y"]), (part) =>
    part === "ab" ? "Output (a)" : "Neither.",
  );
  expect(combined).toMatchObject({ fault: { reason: "no_choice" } });
});

test("a pair against a reference is read in the one order that was drawn, or in both", async () => {
  const item = itemOf(["mine"], { reference: { text: "theirs", model: "r" } });
  for (const seed of [0, 1, 2, 3, 4, 5]) {
    const seeded = { method: "pairwise", orders: "seeded", seed };
    const row = rowOf(
      await judged(seeded, item, (_, order) => (order[0] === 1 ? "Output (a)" : "Output (b)")),
    );
    expect(row).toMatchObject({ ranking: "(b)", reference: "theirs", responses: ["mine"] });
  }
  const both = rowOf(await judged({ method: "pairwise" }, item, () => "Output (a)"));
  expect(both).toMatchObject({ ranking: "equal", letters: { ab: "(a)", ba: "(a)" } });
});

test("a rating of one response is the rating of its row", async () => {
  const row = rowOf(await judged({ method: "ratings" }, itemOf(["x"], { input: "i" }), () => "6\nGood."));
  expect(row).toMatchObject({ rating: 6, means: [6], judgements: { ratings: { rationales: ["Good."] } } });
});
