import { join, resolve } from "node:path";
import type { z } from "zod";
import {
  REANNOTATE_KIND,
  type ReannotateMessage,
} from "../../shared/contracts/messages/reannotate-message.ts";
import { answerOf, chatOf, failureOf } from "./answer.ts";
import { openKeptRows } from "./kept-rows.ts";
import { Again, type Parsed, Several } from "./parsed.ts";
import type { Answer, RowOut, Rows, RunOptions } from "./row-out.ts";
import { openRuns, type ShownRow } from "./run-rows.ts";
import { writeRows } from "./write-rows.ts";

type Fields = Omit<
  z.input<typeof ReannotateMessage>,
  "dataset" | "save_dir" | "temp_dir" | "format" | "shard"
>;

export interface ReannotateOptions<Row, Value> extends Fields, RunOptions {
  /** Each becomes a prompt as a line of a JSONL file would: docs/datasets.md. */
  rows: Rows<Row>;
  /** Reads an answer; its text unless given. What it throws ends the iteration. */
  parse?: (row: Row, answer: Answer) => Parsed<Value> | Promise<Parsed<Value>>;
  /** How often a row is asked at most where `parse` wants it again (3). */
  asks?: number;
}

const OWN = ["rows", "parse", "asks", "folder", "annotators", "simulator", "onProgress", "onNote", "signal"];
const ASKS = 3;

/** A row that is to be asked again, with where it stands among all. */
interface AskedAgain {
  index: number;
  messages: object[];
}

/**
 * Has a model answer every row, and gives the rows out as they finish. Answers are kept in the folder: the same call goes
 * on where it stopped, and pays nothing twice.
 * @throws AssayError where the job is refused, fails or pauses itself, with one sentence that names the way out
 */
export async function* reannotate<Row extends object, Value = string>(
  options: ReannotateOptions<Row, Value>,
): AsyncGenerator<RowOut<Row, Value>> {
  const { parse = (_: Row, { text }: Answer) => text as Value, asks = ASKS } = options;
  const folder = resolve(options.folder);
  const dataset = join(folder, "rows.jsonl");
  await writeRows(options.rows, dataset);
  await using inputs = await openKeptRows<Row>(dataset);
  await using runs = openRuns(options);
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => !OWN.includes(name)));
  let round: AskedAgain[] | undefined;
  for (let asked = 1; ; asked++) {
    const ahead: AskedAgain[] = [];
    const message = round === undefined ? { ...given, dataset } : await roundOf(given, round, folder, asked);
    const places = { save_dir: join(folder, `asked-${asked}`), temp_dir: join(folder, "temp") };
    for await (const { shown } of runs.rows(REANNOTATE_KIND, { ...message, ...places, format: "jsonl" })) {
      const index = round === undefined ? indexOf(shown, options) : round[shown.row]!.index;
      const input = await inputs.at(index);
      if (shown.state === "failed") {
        yield failureOf(shown, index, input);
        continue;
      }
      const answer = answerOf(shown, asked);
      const parsed = await parse(input, answer);
      if (parsed instanceof Again && asked < asks) ahead.push(askedAgain(shown, index, answer, parsed));
      else if (parsed instanceof Again) yield notParsed(index, input, asked, parsed);
      else {
        const values = parsed instanceof Several ? parsed.values : [parsed];
        for (const value of values) yield { ok: true, index, input, value: value as Value, answer };
      }
    }
    if (ahead.length === 0) return;
    round = ahead.toSorted((a, b) => a.index - b.index);
  }
}

/** Numbers of the job's rows begin behind an offset. */
function indexOf({ row }: ShownRow, { offset = 0 }: { offset?: number | undefined }): number {
  return row + offset;
}

/** The job in which rows are asked again: their chats are its dataset, and it is known again by them. */
async function roundOf(
  given: Record<string, unknown>,
  rows: AskedAgain[],
  folder: string,
  asked: number,
): Promise<Record<string, unknown>> {
  const { columns: _, template: __, system: ___, limit: ____, offset: _____, ...rest } = given;
  const dataset = join(folder, `rows-${asked}.jsonl`);
  await writeRows(
    rows.map(({ messages }) => ({ messages })),
    dataset,
  );
  return { ...rest, dataset, columns: "messages=messages" };
}

function askedAgain(shown: ShownRow, index: number, { text }: Answer, { hint }: Again): AskedAgain {
  const answered = { role: "assistant", content: text };
  return { index, messages: [...chatOf(shown), answered, { role: "user", content: hint }] };
}

function notParsed<Row>(index: number, input: Row, asked: number, { hint }: Again): RowOut<Row, never> {
  const message = `Asked ${asked} times, parse still wanted it again (${hint}).`;
  return { ok: false, index, input, reason: "not_parsed", message };
}
