import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { parseJudgeMessage } from "../../shared/contracts/messages/judge-message.ts";
import { METHODS, type Method } from "../../shared/contracts/messages/judge-methods.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { customIdOf, readCustomId } from "../../shared/judging/calls/custom-id.ts";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import type { Item } from "../../shared/judging/items/item.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { combine, type PartOutcome } from "../../shared/judging/judged/combine.ts";
import type { Judging } from "../../shared/judging/judging.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { METHOD_TABLE } from "../../shared/judging/methods/method-table.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { reaskMessages } from "../../shared/judging/replies/reask-messages.ts";
import { readJudgedEntries } from "../../tools/evaluation/judged/read-judged-entries.ts";
import { each, temporaryFolder } from "../datasets/temporary-folder.ts";

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

const SCHEMA = {
  type: "object",
  properties: { score: { type: "integer", minimum: 1, maximum: 5 } },
  required: ["score"],
  additionalProperties: false,
};

/** A method as a user has it who gives what it must be given. */
async function judgingOf(method: Method, folder: Folder): Promise<Judging> {
  const { templates, answersInSchema } = METHOD_TABLE[method];
  return loadJudging({
    method,
    promptTemplate:
      Object.keys(templates).length > 0
        ? undefined
        : await folder.put("own.md", "Rate {texts} as an answer to {instruction}"),
    schema: answersInSchema ? await folder.put("answer.json", JSON.stringify(SCHEMA)) : undefined,
  });
}

/** The items of a row with a reference and two responses, which every method can judge. */
async function itemsOf(judging: Judging, folder: Folder): Promise<Item[]> {
  const row = {
    id: "p1",
    instruction: "Name a fruit.",
    responses: ["An apple.", "A carrot."],
    models: ["m0", "m1"],
    reference: "A pear.",
  };
  const path = await folder.put("rows.jsonl", `${JSON.stringify(row)}\n`);
  const items: Item[] = [];
  for await (const read of readItems(path, judging)) if ("item" in read) items.push(read.item);
  return items;
}

/** What the simulated judge, which every demonstration and test of the whole path stands on, says of a part. */
function outcomeOf(judging: Judging, item: Item, part: string): PartOutcome {
  const { messages, carry } = renderPart(judging, item, part);
  const { responseFormat: response_format } = judging;
  const body = { model: "m", messages, ...(response_format && { response_format }) };
  const reply = answerFor(body as Parameters<typeof answerFor>[0]);
  return { carry, reply, ...readReply(carry, reply, null) };
}

function judgedRows(judging: Judging, items: readonly Item[]): Record<string, unknown>[] {
  return items.map((item) => {
    const outcomes = Object.fromEntries(
      partsOf(judging, item).map((part) => [part, outcomeOf(judging, item, part)]),
    );
    const combined = combine(item, outcomes);
    if ("fault" in combined) throw new Error(combined.fault.message);
    return { ...combined.row };
  });
}

/** What readers of judged rows find in a row, by the kind of its verdict. */
const COLUMN = { scores: "means", ranking: "ranking", answer: "answer" } as const;

describe.each(METHODS)("the method %s", (method) => {
  test("is judged by the simulated judge from the row to the columns of its verdict", async () => {
    await using folder = await temporaryFolder();
    const judging = await judgingOf(method, folder);
    const rows = judgedRows(judging, await itemsOf(judging, folder));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row).toMatchObject({ method, judgements: expect.anything() });
      expect(row[COLUMN[METHOD_TABLE[method].verdict]]).toBeDefined();
    }
  });

  test("gives rows that reports read alike from JSON and from a table", async () => {
    await using folder = await temporaryFolder();
    const judging = await judgingOf(method, folder);
    const rows = judgedRows(judging, await itemsOf(judging, folder));
    const read: unknown[][] = [];
    for (const format of ["jsonl", "parquet"] as const) {
      const path = folder.at(`judged.${format}`);
      await writeOutput({ format, path, rows: each(rows) });
      const entries = [];
      for await (const entry of readJudgedEntries(path)) entries.push(entry.observations);
      read.push(entries);
    }
    expect(read[0]).toHaveLength(rows.length);
    for (const observations of read[0]!) expect(observations).not.toHaveLength(0);
    expect(read[1]).toEqual(read[0]);
  });

  test("has a form in which a reply is asked for again", async () => {
    await using folder = await temporaryFolder();
    const judging = await judgingOf(method, folder);
    const [item] = await itemsOf(judging, folder);
    for (const part of partsOf(judging, item!)) {
      const { carry, messages } = renderPart(judging, item!, part);
      const note = reaskMessages(carry, messages, "?", { reason: "no_choice", message: "says nothing" }).at(
        -1,
      );
      expect(note!.content).toContain(METHOD_TABLE[method].form(carry));
    }
  });

  test("is a value of the message, and stands in docs/judging.md", () => {
    const message = parseJudgeMessage({ method, input: "a.jsonl", output: "b.jsonl" });
    expect(message.method).toBe(method);
    const docs = readFileSync(new URL("../../docs/judging.md", import.meta.url), "utf8");
    expect(docs).toContain(`| \`${method}\` |`);
  });

  test("has parts that are known by their custom ids, where it says so", () => {
    for (const part of METHOD_TABLE[method].inBatches) {
      expect(readCustomId(customIdOf({ id: "p_1" }, part))).toEqual({ id: "p_1", part });
    }
  });
});

test("no part of two methods has the same custom id in a batch", () => {
  const ids = METHODS.flatMap((method) => METHOD_TABLE[method].inBatches).map((part) =>
    customIdOf({ id: "p" }, part),
  );
  expect(new Set(ids).size).toBe(ids.length);
});
