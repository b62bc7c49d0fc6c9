import { isBad, messagesOf, type PreparedRow } from "../../shared/datasets/preparing/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { providerOf } from "../../shared/providers/providers.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { complete } from "./complete.ts";
import type { JobHere } from "./jobs-here.ts";
import { withPreparedRows } from "./prepared-sample.ts";

const DRY_RUN_ROWS = 3;

/** A row with the body of its request. */
interface RequestShown {
  row: number;
  value: PreparedRow;
  body: string;
}

/** How calls are made and shown. */
interface Asking {
  /** Rows of each model at most. */
  most: number;
  json: boolean;
  /** Where the simulator answers, and the key for it; other endpoints get the annotator's own. */
  simulated: { baseUrl: string; key: string } | undefined;
}

/** Prints the first request bodies as they would be sent, of several models the first of each. Makes no call. */
export async function dryRun(jobs: readonly JobHere[], signal: AbortSignal): Promise<void> {
  const most = jobs.length > 1 ? 1 : DRY_RUN_ROWS;
  for (const job of jobs) {
    await withPreparedRows(
      job,
      most,
      async (rows) => {
        for await (const { body } of requestsOf(job, rows, most)) printJson(JSON.parse(body));
      },
      signal,
    );
  }
}

/** Makes the calls of the first rows and prints prompt, original and answer. Stores nothing. */
export async function preview(jobs: readonly JobHere[], asking: Asking, signal: AbortSignal): Promise<void> {
  for (const job of jobs) {
    const key = asking.simulated?.baseUrl === job.annotator.baseUrl ? asking.simulated?.key : undefined;
    const model = jobs.length > 1 ? job.name : undefined;
    const show = async (rows: PreparedRows) => {
      for await (const { row, value, body } of requestsOf(job, rows, asking.most)) {
        const answers = await complete(job.annotator, key, body, signal);
        if (asking.json) printJson(asObject(model, row, value, answers));
        else print(sideBySide(model, row, value, answers));
      }
    };
    await withPreparedRows(job, asking.most, show, signal);
  }
}

/** The first requests of a job; of rows that cannot be asked it is said why. */
async function* requestsOf(
  { annotator, spec }: JobHere,
  rows: PreparedRows,
  most: number,
): AsyncGenerator<RequestShown> {
  const bodyOf = providerOf(annotator).bodies(spec.dispatch.request);
  for await (const { row, value } of rows.read(0, Math.min(most, rows.count))) {
    if (isBad(value)) {
      tell(`Left out: ${value.bad.message}`);
      continue;
    }
    const body = bodyOf(JSON.stringify(messagesOf(value)));
    if (typeof body === "string") yield { row, value, body };
    else tell(`Left out: ${body.unsayable}`);
  }
}

function asObject(model: string | undefined, row: number, value: PreparedRow, answers: string[]): object {
  const original = value.annotation_original;
  return { ...(model !== undefined && { model }), row, prompt: promptOf(value), original, answers };
}

function promptOf(row: PreparedRow): unknown {
  return row.messages ?? [row.system_prompt, row.user_prompt].filter(Boolean).join("\n\n");
}

function sideBySide(model: string | undefined, row: number, value: PreparedRow, answers: string[]): string {
  const text = (part: unknown) => (typeof part === "string" ? part : JSON.stringify(part, null, 2));
  const about = model === undefined ? `row ${row}` : `${model}, row ${row}`;
  const parts: [string, unknown][] = [
    ["prompt", promptOf(value)],
    ["original", value.annotation_original ?? "(none)"],
    ...answers.map((answer, index): [string, unknown] => [
      answers.length > 1 ? `answer ${index}` : "answer",
      answer,
    ]),
  ];
  return parts.map(([title, part]) => `--- ${about}, ${title}\n${text(part)}\n`).join("");
}
