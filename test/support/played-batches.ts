import { type HttpAnswer, type PlayedHttp, playHttp } from "./played-http.ts";

export interface PlayedLine {
  custom_id: string;
  body: { model: string; messages: { content: string }[] };
}

export interface PlayedFile {
  id: string;
  text: string;
  /** When it came to be, by performance.now(). */
  atMs: number;
}

export interface PlayedBatch {
  id: string;
  input: PlayedFile;
  lines: PlayedLine[];
  metadata: Record<string, string> | null;
  atMs: number;
  cancelled: boolean;
  output: PlayedFile | undefined;
  /** Why it was not taken in. */
  errors: object[] | undefined;
}

/** What a scenario does otherwise than a provider that is in order; all of them know how old a thing is. */
export interface Oddities {
  upload?(played: PlayedBatches): HttpAnswer | undefined;
  /** Of a file that was uploaded so long ago. */
  create?(file: PlayedFile, ageMs: number, played: PlayedBatches): HttpAnswer | undefined;
  /** Why a batch is not taken in. */
  fails?(batch: PlayedBatch, played: PlayedBatches): object[] | undefined;
  /** What is shown of a batch. */
  shown?(batch: object, ageMs: number): object;
  content?(file: PlayedFile, ageMs: number, played: PlayedBatches): HttpAnswer | undefined;
  /** The response to a line. */
  response?(line: PlayedLine, batch: PlayedBatch): object | undefined;
}

export interface PlayedBatches extends PlayedHttp {
  readonly url: string;
  readonly batches: PlayedBatch[];
  readonly files: Map<string, PlayedFile>;
  uploads: number;
  deleted: string[];
  /** How often each request was put into a batch that was taken in, by custom_id. */
  readonly asked: Map<string, number>;
}

export const ageOf = ({ atMs }: { atMs: number }) => performance.now() - atMs;
export const refusal = (status: number, code: string | null, message: string): HttpAnswer => ({
  status,
  body: { error: { message, type: "invalid_request_error", param: null, code } },
});
const DURATION_MS = 300;
const VALIDATION_MS = 100;

/** Files and batches as OpenAI has them, which end within a third of a second, but for what a scenario does otherwise. */
export async function playBatches(odd: Oddities = {}): Promise<PlayedBatches> {
  const http = await playHttp(({ method, path, text }): HttpAnswer => {
    const { pathname } = new URL(path, "http://x");
    const [room, id, action] = pathname.replace("/v1/", "").split("/").map(decodeURIComponent);
    const called = { played, odd, method };
    if (room === "files") return method === "POST" ? upload(called, text) : ofFile(called, id!, action);
    if (room !== "batches") return refusal(404, null, "Not Found");
    if (id === undefined) return method === "POST" ? create(called, JSON.parse(text)) : list(called);
    const batch = played.batches.find((one) => one.id === id);
    if (batch === undefined) return refusal(404, null, "No such batch.");
    if (action === "cancel") batch.cancelled = true;
    return { body: shown(called, batch) };
  });
  const played: PlayedBatches = Object.assign(http, {
    ...{ url: `${http.origin}/v1`, batches: [], files: new Map(), uploads: 0, deleted: [] },
    asked: new Map(),
  });
  return played;
}

interface Called {
  played: PlayedBatches;
  odd: Oddities;
  method: string;
}

function put(played: PlayedBatches, id: string, text: string): PlayedFile {
  const file = { id, text, atMs: performance.now() };
  played.files.set(id, file);
  return file;
}

function upload({ played, odd }: Called, form: string): HttpAnswer {
  played.uploads += 1;
  const refused = odd.upload?.(played);
  if (refused) return refused;
  const [, content = ""] = /filename="[^"]*"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(form) ?? [];
  const { id } = put(played, `file-in-${played.uploads}`, content);
  return { body: { id, object: "file", bytes: content.length, created_at: seconds(), purpose: "batch" } };
}

function ofFile({ played, odd, method }: Called, id: string, action: string | undefined): HttpAnswer {
  const file = played.files.get(id);
  if (file === undefined) return refusal(404, null, `No such File object: ${id}`);
  if (method === "DELETE") {
    played.files.delete(id);
    played.deleted.push(id);
    return { body: { id, deleted: true } };
  }
  if (action === "content") return odd.content?.(file, ageOf(file), played) ?? { body: file.text };
  return { body: { id, bytes: Buffer.byteLength(file.text), created_at: seconds(file) } };
}

function create(
  called: Called,
  asked: { input_file_id: string; metadata?: Record<string, string> },
): HttpAnswer {
  const { played, odd } = called;
  const file = played.files.get(asked.input_file_id);
  if (file === undefined) return refusal(404, null, `No such File object: ${asked.input_file_id}`);
  const refused = odd.create?.(file, ageOf(file), played);
  if (refused) return refused;
  const lines = file.text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as PlayedLine);
  const batch: PlayedBatch = {
    ...{ id: `batch_${played.batches.length + 1}`, input: file, lines, metadata: asked.metadata ?? null },
    ...{ atMs: performance.now(), cancelled: false, output: undefined, errors: undefined },
  };
  batch.errors = odd.fails?.(batch, played);
  played.batches.push(batch);
  if (batch.errors === undefined)
    for (const { custom_id } of lines) played.asked.set(custom_id, (played.asked.get(custom_id) ?? 0) + 1);
  return { body: shown(called, batch) };
}

function list(called: Called): HttpAnswer {
  const data = called.played.batches.toReversed().map((batch) => shown(called, batch));
  return { body: { object: "list", data, has_more: false } };
}

function shown({ played, odd }: Called, batch: PlayedBatch): object {
  const status = statusOf(batch);
  if (status === "completed") batch.output ??= put(played, `file-out-${batch.id}`, resultsOf(batch, odd));
  const total = batch.lines.length;
  const body = {
    ...{ id: batch.id, object: "batch", endpoint: "/v1/chat/completions", status },
    ...{ input_file_id: batch.input.id, created_at: seconds(batch), metadata: batch.metadata },
    errors: batch.errors ? { object: "list", data: batch.errors } : null,
    ...{ output_file_id: batch.output?.id ?? null, error_file_id: null },
    request_counts: { total, completed: status === "completed" ? total : 0, failed: 0 },
  };
  return odd.shown?.(body, ageOf(batch)) ?? body;
}

function resultsOf(batch: PlayedBatch, odd: Oddities): string {
  const lines = batch.lines.map((line) => {
    const response = odd.response?.(line, batch) ?? { status_code: 200, body: answerTo(line) };
    return `${JSON.stringify({ id: line.custom_id, custom_id: line.custom_id, response, error: null })}\n`;
  });
  return lines.join("");
}

const seconds = (of?: { atMs: number }) => Math.floor((Date.now() - (of ? ageOf(of) : 0)) / 1000);

export function isOver(batch: PlayedBatch): boolean {
  return statusOf(batch) !== "validating" && statusOf(batch) !== "in_progress";
}

function statusOf(batch: PlayedBatch): string {
  if (batch.cancelled) return "cancelled";
  if (ageOf(batch) < VALIDATION_MS) return "validating";
  if (batch.errors) return "failed";
  return ageOf(batch) < DURATION_MS ? "in_progress" : "completed";
}

function answerTo({ body: { model, messages }, custom_id }: PlayedLine): object {
  const content = `answer ${custom_id} to ${messages.at(-1)?.content}`;
  return {
    ...{ id: `c${custom_id}`, object: "chat.completion", created: 1, model },
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", logprobs: null }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}
