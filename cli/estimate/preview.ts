import type { Annotator } from "../../shared/annotators/annotator.ts";
import { isBad, messagesOf, type PreparedRow } from "../../shared/datasets/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { providerOf } from "../../shared/providers/providers.ts";
import { requestOf, rowsToRead, type TypedJob } from "../reannotate/job-message.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { complete } from "./complete.ts";
import { withPreparedRows } from "./prepared-sample.ts";

const DRY_RUN_ROWS = 3;

/** Prints the first request bodies, as they would be sent. Makes no call. */
export async function dryRun(typed: TypedJob, annotator: Annotator, signal: AbortSignal): Promise<void> {
  const bodyOf = providerOf(annotator).bodies(requestOf(typed, annotator));
  const show = async (rows: PreparedRows) => {
    for await (const { value } of rows.read(0, DRY_RUN_ROWS)) {
      if (isBad(value)) tell(`Left out: ${value.bad.message}`);
      else {
        const body = bodyOf(JSON.stringify(messagesOf(value)));
        if (typeof body === "string") printJson(JSON.parse(body));
        else tell(`Left out: ${body.unsayable}`);
      }
    }
  };
  await withPreparedRows(rowsToRead(typed), DRY_RUN_ROWS, show, signal);
}

/**
 * Makes the calls of the first rows and prints prompt, original and answer. Stores nothing.
 * @param key what to show the endpoint; else the annotator's own
 */
export async function preview(
  typed: TypedJob,
  annotator: Annotator,
  { most, json, key }: { most: number; json: boolean; key: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const bodyOf = providerOf(annotator).bodies(requestOf(typed, annotator));
  const show = async (rows: PreparedRows) => {
    for await (const [row, value] of goodRows(rows, most)) {
      const body = bodyOf(JSON.stringify(messagesOf(value)));
      if (typeof body !== "string") {
        tell(`Left out: ${body.unsayable}`);
        continue;
      }
      const answers = await complete(annotator, key, body, signal);
      if (json) printJson({ row, prompt: promptOf(value), original: value.annotation_original, answers });
      else print(sideBySide(row, value, answers));
    }
  };
  await withPreparedRows(rowsToRead(typed), most, show, signal);
}

async function* goodRows(rows: PreparedRows, most: number): AsyncGenerator<[number, PreparedRow]> {
  for await (const { row, value } of rows.read(0, most)) {
    if (isBad(value)) tell(`Left out: ${value.bad.message}`);
    else yield [row, value];
  }
}

function promptOf(row: PreparedRow): unknown {
  return row.messages ?? [row.system_prompt, row.user_prompt].filter(Boolean).join("\n\n");
}

function sideBySide(row: number, value: PreparedRow, answers: string[]): string {
  const text = (part: unknown) => (typeof part === "string" ? part : JSON.stringify(part, null, 2));
  const parts: [string, unknown][] = [
    ["prompt", promptOf(value)],
    ["original", value.annotation_original ?? "(none)"],
    ...answers.map((answer, index): [string, unknown] => [
      answers.length > 1 ? `answer ${index}` : "answer",
      answer,
    ]),
  ];
  return parts.map(([title, part]) => `--- row ${row}, ${title}\n${text(part)}\n`).join("");
}
