import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ASPECTS } from "../../shared/judging/methods/aspects.ts";
import { type ParsePreferences, parsePreferences } from "../../tools/preferences/pairs/parse-preferences.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { block } from "../judging/replies.ts";
import { skipUnless } from "../support/skip-unless.ts";

const MIX = join(import.meta.dirname, "../../../shared/data/open_instruct/create_annotation_mix_out");
const SUFFIXES = { instruction_following: "ins", honesty: "hon", truthfulness: "tru", helpfulness: "hel" };

/** The worked example, by aspect. */
const EXAMPLE = {
  helpfulness: [4, 3, 5, 1],
  honesty: [null, null, null, null],
  instruction_following: [4, 3, 5, 2],
  truthfulness: [5, 5, 5, 1],
};

function reply(aspect: keyof typeof EXAMPLE, numbers = [1, 2, 3, 4]): string {
  const typed = aspect === "helpfulness" || aspect === "truthfulness";
  return numbers
    .map((number, at) => block(number, { rating: EXAMPLE[aspect][at]!, types: [], words: "So." }, typed))
    .join("\n\n");
}

function result(customId: string, message: object): string {
  const body = { object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] };
  return JSON.stringify({ id: "r", custom_id: customId, response: { status_code: 200, body }, error: null });
}

const answer = (customId: string, content: string) => result(customId, { role: "assistant", content });
const allOf = (id: string) => ASPECTS.map((aspect) => answer(`${id}_${SUFFIXES[aspect]}`, reply(aspect)));

const mixRow = (id: string) =>
  JSON.stringify({
    prompt_hash: id,
    id,
    raw_text: `Ask ${id}`,
    models: ["a", "b", "c", "d"],
    completions: ["1", "2", "3", "4"],
    aspect: "honesty",
    dataset: "d",
  });

async function parsed(
  reference: string[],
  files: Record<string, string[]>,
  more: Partial<ParsePreferences> = {},
) {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("raw"));
  for (const [name, lines] of Object.entries(files))
    await writeFile(folder.at(`raw/${name}`), lines.join("\n"));
  const output = folder.at("out.jsonl");
  const done = await parsePreferences({
    input: folder.at("raw"),
    reference: await folder.put("full.jsonl", reference.join("\n")),
    output,
    format: { shape: "open-instruct", file: "jsonl" },
    rejected: "lowest",
    seed: 0,
    ties: "drop",
    margin: 0,
    ...more,
  });
  const linesOf = (path: string) =>
    existsSync(path)
      ? readFileSync(path, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  return { done, rows: linesOf(output), errors: linesOf(`${output}.errors.jsonl`) };
}

test("results in whatever files and order become pairs in the order of the mix", async () => {
  const all = [...allOf("p_1"), ...allOf("p2")];
  // A batch of which nothing came back has an empty file.
  const files = { "b.jsonl": all.slice(0, 3).reverse(), "a.jsonl": all.slice(3), "c.jsonl": [] };
  const { done, rows, errors } = await parsed(["p2", "p_1"].map(mixRow), files);
  expect(rows).toMatchObject(
    ["p2", "p_1"].map((id) => ({
      prompt: `Ask ${id}`,
      chosen: [{ content: `Ask ${id}` }, { role: "assistant", content: "3" }],
      chosen_rating: 5,
      rejected_rating: 4 / 3,
      chosen_model: "c",
      rejected_model: "d",
      dataset: "d",
    })),
  );
  expect(errors).toEqual([]);
  expect(done).toMatchObject({
    prompts: 2,
    results: 8,
    aspects: ASPECTS,
    pairs: 2,
    unjudged: 0,
    bad: 0,
    errors: null,
  });
});

test("a planted fault is listed with its reply and leaves all others as they were", async () => {
  const prompts = ["a", "b", "c", "e"];
  const whole = await parsed(prompts.map(mixRow), { "r.jsonl": prompts.flatMap(allOf) });
  const spoilt = prompts.flatMap(allOf).map((line) => {
    if (line.includes('"b_hel"')) return answer("b_hel", reply("helpfulness", [1, 2, 3]));
    if (line.includes('"c_'))
      return result(JSON.parse(line).custom_id, { role: "assistant", content: null, refusal: "No." });
    return line;
  });
  const { done, rows, errors } = await parsed(prompts.map(mixRow), { "r.jsonl": spoilt });
  expect(rows.filter(({ prompt }) => prompt !== "Ask b")).toEqual(
    whole.rows.filter(({ prompt }) => prompt !== "Ask b" && prompt !== "Ask c"),
  );
  expect(rows.find(({ prompt }) => prompt === "Ask b")).toMatchObject({
    chosen_rating: 5,
    rejected_rating: 1.5,
  });
  expect(done).toMatchObject({ pairs: 3, unjudged: 1, bad: 5 });
  expect(errors[0]).toEqual({
    id: "b_hel",
    line: 0,
    reason: "missing_header",
    message: "The reply to b_hel has no block for text 4.",
    reply: reply("helpfulness", [1, 2, 3]),
  });
  expect(errors.slice(1).map(({ reason }) => reason)).toEqual(Array(4).fill("refusal"));
});

test("lines that are no results, failed requests, unknown and repeated ones are each listed", async () => {
  const failed = {
    custom_id: "a_hon",
    response: null,
    error: { code: "batch_expired", message: "It took too long." },
  };
  const later = {
    custom_id: "a_hel",
    response: null,
    error: { code: "batch_expired", message: "It took too long." },
  };
  const request = { custom_id: "a_tru", method: "POST", url: "/v1/chat/completions", body: {} };
  const lines = [
    "{cut",
    JSON.stringify(later),
    JSON.stringify(request),
    ...allOf("a").filter((line) => !line.includes("a_hon")),
    JSON.stringify(failed),
    answer("a_ins", "Again."),
    answer("other_hel", "x"),
    answer("a_xyz", "x"),
    JSON.stringify({ id: "no custom id" }),
  ];
  const { done, errors, rows } = await parsed([mixRow("a"), mixRow("a"), mixRow("z"), "{cut"], {
    "r.jsonl": lines,
  });
  expect(rows).toHaveLength(1);
  expect(errors.map(({ id, reason }) => `${id} ${reason}`)).toEqual([
    "null malformed_json",
    "a_tru not_a_result",
    "a_xyz unknown_custom_id",
    "null unknown_custom_id",
    "a_hon batch_expired",
    "a duplicate_id",
    "z no_result",
    "null malformed_json",
    "other_hel unknown_prompt",
  ]);
  expect(done).toMatchObject({ pairs: 1, unjudged: 1, repeated: 1, prompts: 4 });
});

test("aspects that were not judged at all are not missed", async () => {
  const { done, errors } = await parsed([mixRow("a")], {
    "r.jsonl": [answer("a_hel", reply("helpfulness"))],
  });
  expect(done.aspects).toEqual(["helpfulness"]);
  expect(errors).toEqual([]);
});

test("one overall rating makes pairs too, but is not averaged with aspects", async () => {
  const overall = ["a", "b"].map((id) => answer(`${id}_overall`, reply("honesty").replaceAll("N/A", "3")));
  const rated = overall.map((line) => line.replace("Rating: 3", "Rating: 5"));
  const { done, rows, errors } = await parsed(["a", "b"].map(mixRow), { "r.jsonl": rated });
  expect(done).toMatchObject({ aspects: ["overall"], pairs: 2, results: 2 });
  expect(rows.map((row) => [row.chosen_model, row.chosen_rating, row.rejected_rating])).toEqual([
    ["a", 5, 3],
    ["a", 5, 3],
  ]);
  expect(errors).toEqual([]);
  await expect(parsed([mixRow("a")], { "r.jsonl": [...rated, ...allOf("a")] })).rejects.toThrow(
    /results of two methods, by aspects and overall, which cannot be averaged/,
  );
});

test("a reference that is no mix is refused, since nobody knows in which order its responses were shown", async () => {
  const { raw_text: prompt, ...row } = JSON.parse(mixRow("a"));
  await expect(parsed([JSON.stringify({ ...row, prompt })], { "r.jsonl": allOf("a") })).rejects.toThrow(
    /^The prompt a of the reference is no row of a mix.*give the mix that was judged\.$/,
  );
});

test.skipIf(skipUnless(existsSync(MIX), `the published mix is not at ${MIX}`))(
  "replies to a published mix are read by the numbers that stand in its prompts",
  async () => {
    const all = (numbers: number[]) =>
      ["2acef", "8bc1d"].flatMap((id) =>
        ASPECTS.map((aspect) =>
          answer(
            `${id}_${SUFFIXES[aspect]}`,
            reply(aspect, aspect === "instruction_following" ? numbers : undefined),
          ),
        ),
      );
    await using folder = await temporaryFolder();
    const reference = await withOwnTexts(MIX, folder.at("mix"));
    const shown = await parsed([mixRow("unused")], { "r.jsonl": all([2, 3, 4, 5]) }, { reference });
    expect(shown.rows.map(({ rejected_rating }) => rejected_rating)).toEqual([4 / 3, 4 / 3]);
    expect(shown.rows.map(({ chosen_model }) => chosen_model)).toEqual(["model0", "model0"]);
    const shifted = await parsed([mixRow("unused")], { "r.jsonl": all([1, 2, 3, 4]) }, { reference });
    expect(shifted.errors.map(({ reason }) => reason)).toEqual(["unexpected_header", "unexpected_header"]);
    expect(shifted.rows.map(({ rejected_rating }) => rejected_rating)).toEqual([1, 1]);
  },
);

/** The published models all wrote the same, of which no pair could be made: each response gets its number. */
async function withOwnTexts(mix: string, copy: string): Promise<string> {
  await cp(mix, copy, { recursive: true });
  for (const name of readdirSync(join(copy, "full"))) {
    const path = join(copy, "full", name);
    const rows = readFileSync(path, "utf8").trim().split("\n");
    const numbered = rows.map((line) => {
      const row = JSON.parse(line) as { completions: string[]; text: string };
      const completions = row.completions.map((text, at) => `${text} (${at})`);
      const [begin, ...pieces] = row.text.split(row.completions[0]!);
      const text = begin + pieces.map((piece, at) => completions[at] + piece).join("");
      return JSON.stringify({ ...row, completions, text });
    });
    await writeFile(path, `${numbered.join("\n")}\n`);
  }
  return copy;
}

test("what does not belong together is refused", async () => {
  const one = { "r.jsonl": allOf("a") };
  await expect(parsed([mixRow("b")], one)).rejects.toThrow(
    /No result is about a prompt of .* \(the first is about "a"\)/,
  );
  await expect(parsed([mixRow("a")], {})).rejects.toThrow(
    /has no \.jsonl file: give the folder of the batches' results/,
  );
  await expect(parsed([mixRow("a")], { "r.jsonl": ["{}"] })).rejects.toThrow(
    /has no result of a judge's batch in its 1 \.jsonl/,
  );
  const unread = ASPECTS.map((aspect) => answer(`a_${SUFFIXES[aspect]}`, "I would rather not."));
  await expect(parsed([mixRow("a")], { "r.jsonl": unread })).rejects.toThrow(
    /gives no pair: 0 rows .* Faults: 4; the first: .*no block for text 1, 2, 3, 4/,
  );
  await expect(parsed([mixRow("a")], one, { idColumn: "no" })).rejects.toThrow(
    /has nothing in "no", which is to be its id/,
  );
});
