import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { processesIn, type Workplace, workplace } from "./assay.ts";

const TIME = { timeout: 120_000 };
const LIBRARY = pathToFileURL(join(packageRoot, "cli/library/library.ts")).href;

/** What the programs print of a row. */
interface Printed {
  ok: boolean;
  index: number;
  value: unknown;
  input: { mine: number };
  answer: { asked: number; text: string };
  asked: { responses: unknown[] }[];
  row: unknown;
}

/** Runs a program that uses the library, in a process of its own as a user's would be; gives what it printed as JSON. */
async function program(
  place: Workplace,
  body: string,
): Promise<{ code: number | null; said: string; rows: Printed[] }> {
  const file = place.at("program.ts");
  writeFileSync(
    file,
    `import { again, generate, judge, reannotate, several } from ${JSON.stringify(LIBRARY)};\n${body}`,
  );
  const child = spawn(process.execPath, [file], { cwd: place.folder, env: place.env });
  let [out, said] = ["", ""];
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    code,
    said,
    rows: out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

test(
  "rows of an async iterable are answered, each once, and the program ends with nothing left behind",
  TIME,
  async () => {
    await using place = workplace();
    const body = `
    async function* rows() { for (let row = 0; row < 30; row++) yield { instruction: "Say " + row, mine: row }; }
    const options = { rows: rows(), folder: "work", simulator: true };
    for await (const out of reannotate(options)) console.log(JSON.stringify(out));`;
    const first = await program(place, body);
    expect(first.said).toBe("");
    expect(first.code).toBe(0);
    expect(first.rows.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
    for (const { ok, input, index, value, answer } of first.rows) {
      expect({ ok, mine: input.mine, asked: answer.asked }).toEqual({ ok: true, mine: index, asked: 1 });
      expect(value).toBe(answer.text);
      expect(value).toContain(`Say ${index}`);
    }
    const second = await program(place, body);
    expect(second.rows.map(({ value }) => value).sort()).toEqual(first.rows.map(({ value }) => value).sort());
    expect(processesIn(place.folder)).toEqual([]);
  },
);

test(
  "parse makes several rows of one, drops some, and asks again until it is content or has asked enough",
  TIME,
  async () => {
    await using place = workplace();
    const { rows, said } = await program(
      place,
      `const rows = ["several", "none", "again", "never"].map((kind) => ({ instruction: "Do " + kind, kind }));
     const parse = ({ kind }, { asked, text }) => {
       if (kind === "several") return several([1, 2]);
       if (kind === "none") return several([]);
       return kind === "never" || asked < 2 ? again("Shorter, please.") : text.length;
     };
     const options = { rows, folder: "work", simulator: true, parse, asks: 3 };
     for await (const { ok, index, value, answer, reason } of reannotate(options))
       console.log(JSON.stringify({ ok, index, value, asked: answer?.asked, prompt: answer?.stored.user_prompt, reason }));`,
    );
    expect(said).toBe("");
    const of = (index: number) => rows.filter((row) => row.index === index);
    expect(of(0).map(({ value }) => value)).toEqual([1, 2]);
    expect(of(1)).toEqual([]);
    expect(of(2)).toMatchObject([
      { ok: true, asked: 2, prompt: expect.stringContaining("Shorter, please.") },
    ]);
    expect(of(3)).toMatchObject([{ ok: false, reason: "not_parsed" }]);
  },
);

test("several models answer, and their answers are judged", TIME, async () => {
  await using place = workplace();
  const { rows, said } = await program(
    place,
    `const prompts = [{ instruction: "Say one." }, { instruction: "Say two." }];
     const models = ["gpt-4o-mini", "gpt-4o-2024-08-06"];
     const both = prompts.map(({ instruction }) => ({ instruction, responses: [] }));
     for await (const out of generate({ rows: prompts, models, folder: "made", simulator: true }))
       both[out.index].responses.push({ model: out.model, text: out.value });
     const options = { rows: both, method: "ultrafeedback", folder: "judged", simulator: true };
     for await (const row of judge(options)) console.log(JSON.stringify({ asked: both, row }));`,
  );
  expect(said).toBe("");
  expect(rows).toHaveLength(2);
  expect(rows[0]!.asked.map(({ responses }) => responses.length)).toEqual([2, 2]);
  expect(JSON.stringify(rows[0]!.row)).toContain("Say one.");
});

test("what is wrong with a job is an AssayError that says it", TIME, async () => {
  await using place = workplace();
  const { code, rows } = await program(
    place,
    `const options = { rows: [{ instruction: "x" }], folder: "work", simulator: true, temperature: 7 };
     try { for await (const _ of reannotate(options)); } catch (error) { console.log(JSON.stringify({ ...error, name: error.name, message: error.message })); }`,
  );
  expect(code).toBe(0);
  expect(rows).toEqual([expect.objectContaining({ message: expect.stringContaining("temperature") })]);
});
