import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { isBad, messagesOf } from "../../../shared/datasets/preparing/prepared-row.ts";
import type { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { UserError } from "../../../shared/errors.ts";
import { isRowNumber } from "../lines/id-numbers.ts";

const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Compares the first request of a batch with the row that it must be, so that answers do not land on the rows of another
 * dataset. @returns a sentence where the row asks something else, if that can be told
 * @throws UserError where there can be no such row
 */
export async function checkDataset(
  api: Pick<BatchApi, "fileContent" | "retrieveBatch">,
  id: string,
  rows: PreparedRows,
  signal: AbortSignal,
): Promise<string | undefined> {
  const request = await firstRequest(api, id, signal);
  if (request === undefined) return undefined;
  const customId = String(request.custom_id);
  if (!isRowNumber(customId)) {
    throw new UserError(
      `Batch ${id} has the custom_id ${JSON.stringify(customId)}, which is no row number, so that its answers cannot be joined with a dataset: leave out --dataset, and join the results by custom_id yourself.`,
    );
  }
  if (Number(customId) >= rows.count) {
    throw new UserError(
      `Batch ${id} holds row ${customId}, but the dataset has ${rows.count} rows: is it the right --dataset?`,
    );
  }
  const row = await rows.readAt(Number(customId));
  const [asked, says] = [wordsOf(messagesIn(request)), isBad(row) ? "" : wordsOf(messagesOf(row))];
  if (asked === says) return undefined;
  return `Row ${customId} is asked otherwise in batch ${id} (${shown(asked)}) than the dataset says (${shown(says)}): check --dataset, --columns and --template if these are not the same rows.`;
}

/** Undefined where the provider has the file no longer, or its first line is no request. */
async function firstRequest(
  api: Pick<BatchApi, "fileContent" | "retrieveBatch">,
  id: string,
  signal: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  const enough = new AbortController();
  try {
    const { input_file_id } = await api.retrieveBatch(id, { signal });
    const whole = AbortSignal.any([signal, enough.signal]);
    const line = await firstLine(await api.fileContent(input_file_id, { signal: whole }));
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (isUnknown(error) || error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    enough.abort();
  }
}

async function firstLine(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let start = Buffer.alloc(0);
  for await (const chunk of chunks) {
    start = Buffer.concat([start, chunk]);
    const end = start.indexOf(0x0a);
    if (end >= 0 || start.length > LONGEST_LINE) return start.subarray(0, Math.max(end, 0)).toString();
  }
  return start.toString();
}

function messagesIn({ body }: Record<string, unknown>): unknown[] {
  return isJsonObject(body) && Array.isArray(body.messages) ? body.messages : [];
}

/** What is said, whoever says it: white space does not matter. */
function wordsOf(messages: readonly unknown[]): string {
  const contents = messages.map((message) => (isJsonObject(message) ? message.content : ""));
  return contents
    .map((content) => (typeof content === "string" ? content : JSON.stringify(content)))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `...${text.slice(-57).toWellFormed()}` : text);
}
