import type { Annotator } from "../../shared/annotators/annotator.ts";
import { keyStatus } from "../../shared/annotators/keys.ts";
import { isBad, messagesOf, type PreparedRow } from "../../shared/datasets/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { readVariable } from "../../shared/runtime/config.ts";
import { redact } from "../../shared/words/redact.ts";
import { requestOf, rowsToRead, type TypedJob } from "../reannotate/job-message.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { withPreparedRows } from "./prepared-sample.ts";

const DRY_RUN_ROWS = 3;

/** Prints the first request bodies, as they would be sent. Makes no call. */
export async function dryRun(typed: TypedJob, annotator: Annotator, signal: AbortSignal): Promise<void> {
  const request = requestOf(typed, annotator);
  const show = async (rows: PreparedRows) => {
    for await (const { value } of rows.read(0, DRY_RUN_ROWS)) {
      if (isBad(value)) tell(`Left out: ${value.bad.message}`);
      else printJson({ ...request, messages: messagesOf(value) });
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
  const request = requestOf(typed, annotator);
  const show = async (rows: PreparedRows) => {
    for await (const [row, value] of goodRows(rows, most)) {
      const body = { ...request, messages: messagesOf(value) };
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

/** The texts of all choices of one chat completion. @throws UserError (exit code 3) with what the provider said */
async function complete(
  annotator: Annotator,
  given: string | undefined,
  body: object,
  signal: AbortSignal,
): Promise<string[]> {
  const status = given === undefined ? keyStatus(annotator, readVariable) : { ok: true as const, key: given };
  if (!status.ok) throw new UserError(status.fault, { exitCode: EXIT.couldNotRun });
  const url = `${annotator.baseUrl}/chat/completions`;
  const said = await post(url, annotator, status.key, body, signal).catch((cause: unknown) => {
    const reason = redact(messageOf((cause as Error).cause ?? cause), status.key ? [status.key] : []);
    throw new UserError(`The call to ${url} failed: ${reason}.`, { exitCode: EXIT.couldNotRun });
  });
  const choices =
    (said as { choices?: { message?: { content?: string | null; refusal?: string | null } }[] }).choices ??
    [];
  return choices.map(({ message }) => message?.content ?? message?.refusal ?? "");
}

async function post(
  url: string,
  annotator: Annotator,
  key: string | undefined,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...annotator.headers,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(annotator.timeoutMs)]),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.status} ${providerMessage(text)}`);
}

function providerMessage(text: string): string {
  try {
    return (
      (JSON.parse(text) as { error?: { message?: string } }).error?.message?.replace(/\.$/, "") ??
      text.slice(0, 300)
    );
  } catch {
    return text.slice(0, 300);
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
