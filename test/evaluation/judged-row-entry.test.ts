import { describe, expect, test } from "vitest";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import type { Item } from "../../shared/judging/items/item.ts";
import { combine, type PartOutcome } from "../../shared/judging/judged/combine.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import type { JudgedEntry } from "../../tools/evaluation/judged/judged-entry.ts";
import { readJudgedEntries } from "../../tools/evaluation/judged/read-judged-entries.ts";
import { each, temporaryFolder } from "../datasets/temporary-folder.ts";
import { itemOf } from "../judging/items.ts";
import { block } from "../judging/replies.ts";

type Flags = Parameters<typeof loadJudging>[0];
type Reply = (order: number[], part: string) => string;

/** What is read of the rows that the judge's own code makes of these replies, from a file of either format. */
async function entriesOf(flags: Flags, item: Item, reply: Reply): Promise<JudgedEntry[]> {
  const judging = await loadJudging(flags);
  const outcomes: Record<string, PartOutcome> = {};
  for (const part of partsOf(judging, item)) {
    const { carry } = renderPart(judging, item, part);
    const text = reply(carry.order, part);
    outcomes[part] = { carry, reply: text, ...readReply(carry, text, null) };
  }
  const combined = combine(item, outcomes);
  if ("fault" in combined) throw new Error(combined.fault.message);
  const row = { ...combined.row, judge: "gpt", asks: 9, asked_again: { honesty: ["refusal"] } };
  await using folder = await temporaryFolder();
  const entries: JudgedEntry[] = [];
  for (const format of ["jsonl", "parquet"] as const) {
    const path = folder.at(`judged.${format}`);
    await writeOutput({ format, path, rows: each([row]) });
    for await (const entry of readJudgedEntries(path)) entries.push(entry);
  }
  return entries;
}

const rated = (ratings: (number | null)[]): Reply => {
  return (order, part) =>
    order
      .map((index, place) => {
        const made = { rating: ratings[index]!, types: [1], words: "So." };
        return block(place + 1, made, part === "helpfulness" || part === "truthfulness");
      })
      .join("\n\n");
};

/** Members of the item's own row that are called like a verdict's. */
const extra = { answer: 42, ranking: "first", letters: 3, reference: [1], judge_note: "x" };

describe("a row that the judge made is read, from JSON and from a table alike", () => {
  test("ultrafeedback: scores by aspect, the place of each, and their mean", async () => {
    const item = itemOf(["A", "B", "C"], { extra });
    const [entry, fromParquet] = await entriesOf(
      { method: "ultrafeedback", seed: 5 },
      item,
      rated([5, null, 2]),
    );
    expect(fromParquet).toEqual(entry);
    expect(entry).toMatchObject({ judge: "gpt", simulated: false });
    const scores = entry!.observations.filter((one) => one.kind === "score");
    expect(scores).toHaveLength(15);
    const honesty = scores.filter(({ aspect }) => aspect === "honesty");
    expect(honesty.map(({ model, value, response }) => [model, value, response])).toEqual([
      ["m0", 5, "A"],
      ["m1", null, "B"],
      ["m2", 2, "C"],
    ]);
    expect(honesty.map(({ position }) => position).sort()).toEqual([0, 1, 2]);
    expect(scores.filter(({ aspect }) => aspect === "mean").map(({ value }) => value)).toEqual([5, null, 2]);
    expect(entry!.calls.map(({ asks, fault }) => [asks, fault])).toEqual([
      [1, null],
      [2, null],
      [1, null],
      [1, null],
    ]);
  });

  test("ratings: one score, by the name that feedback has for it", async () => {
    const item = itemOf(["A"], { extra: { ...extra, means: "mine" } });
    const [entry, fromParquet] = await entriesOf({ method: "ratings" }, item, () => "6\nFine.");
    expect(fromParquet).toEqual(entry);
    expect(entry!.observations).toMatchObject([{ aspect: "rating", value: 6, position: null, model: "m0" }]);
  });

  test("rankings and pairwise: both letters, the reference first", async () => {
    const pair = itemOf(["A", "B"], { extra: { answer: 42 } });
    const [ranking, rankingFromParquet] = await entriesOf({ method: "rankings" }, pair, () => "Output (a)");
    expect(rankingFromParquet).toEqual(ranking);
    expect(ranking!.observations).toMatchObject([
      { kind: "pair", first: "A", second: "B", ranking: "equal", letters: ["(a)", "(a)"] },
    ]);
    const one = itemOf(["mine"], { reference: { text: "theirs", model: "davinci" } });
    const [pairwise] = await entriesOf({ method: "pairwise" }, one, (order) =>
      order[0] === 0 ? "Output (b)" : "Output (a)",
    );
    expect(pairwise!.observations).toMatchObject([
      { first: "theirs", firstModel: "davinci", second: "mine", ranking: "(b)" },
    ]);
  });
});
