import { closeSync, createReadStream, openSync } from "node:fs";
import { eachLine, type PlacedLine } from "../../../shared/lines/placed-lines.ts";
import type { ChatRequest } from "../chat/chat-request.ts";
import { promptTokens } from "../chat/prompt-tokens.ts";
import { checkMessages } from "../chat/validate-messages.ts";
import type { StoredFile } from "../files/file-store.ts";
import type { Settings } from "../options.ts";
import type { BatchError, Checked } from "./batch-object.ts";
import { LineIndexBuilder } from "./line-index.ts";

/** A line of an input file that passed. */
export type RequestLine = { custom_id: string; method: string; url: string; body: ChatRequest };

const MOST_ERRORS = 100;

/**
 * Holds an input file against the rules of a batch, line by line, and finds out where its lines are. Only what makes the
 * whole batch fail is an error here; a wrong parameter of a body fails its line when that is answered.
 */
export async function checkInput(settings: Settings, input: StoredFile, endpoint: string): Promise<Checked> {
  const state = { ids: new Set<string>(), model: null as string | null, promptTokens: 0, endpoint };
  const index = new LineIndexBuilder();
  const errors: BatchError[] = [];
  let blank: number | null = null;
  for await (const line of eachLine(createReadStream(input.path))) {
    if (index.count === settings.batchMaxRequests) {
      const most = `The batch input file has more than the ${settings.batchMaxRequests} requests a batch may have.`;
      errors.push({ code: "too_many_tasks", message: most, line: null, param: null });
      break;
    }
    // Blank lines do no harm at the end; before that they are lines that are no JSON.
    if (line.text.toString("latin1").trim() === "") {
      blank ??= line.line;
      continue;
    }
    if (blank !== null) errors.push({ ...NO_JSON, line: blank });
    blank = null;
    index.add(line.offset, line.end);
    const error = checkLine(line, state, settings);
    if (error) errors.push({ ...error, line: line.line });
    if (errors.length >= MOST_ERRORS) break;
  }
  if (index.count === 0) {
    const message = "The batch input file is empty: it needs at least one request.";
    errors.push({ code: "empty_file", message, line: null, param: null });
  }
  return { errors, lines: index.build(), model: state.model ?? "", promptTokens: state.promptTokens };
}

/** Reads lines of a file by their index while `use` runs. */
export function readingFrom<Result>(input: StoredFile, use: (file: number) => Result): Result {
  const file = openSync(input.path, "r");
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

type State = { ids: Set<string>; model: string | null; promptTokens: number; endpoint: string };
type LineError = Omit<BatchError, "line">;

const NO_JSON = {
  code: "invalid_json_line",
  message: "This line is not parseable as valid JSON.",
  param: null,
};

function checkLine({ text }: PlacedLine, state: State, settings: Settings): LineError | null {
  const line = parse(text.toString("utf8"));
  if (line === null) return NO_JSON;
  const missing = ["custom_id", "method", "url", "body"].find((name) => line[name] == null);
  if (missing !== undefined) return required(missing);
  const { custom_id, method, url, body } = line;
  if (typeof custom_id !== "string" || custom_id === "") {
    return {
      code: "invalid_type",
      message: "The custom_id must be a text that is not empty.",
      param: "custom_id",
    };
  }
  if (state.ids.has(custom_id)) {
    const message = `The custom_id '${custom_id}' stands on an earlier line too; it must be unique in a batch.`;
    return { code: "duplicate_custom_id", message, param: "custom_id" };
  }
  state.ids.add(custom_id);
  if (method !== "POST") {
    return { code: "invalid_method", message: `The method must be POST, not '${method}'.`, param: "method" };
  }
  if (url !== state.endpoint) {
    const message = "The URL provided for this request does not prefix-match the batch endpoint.";
    return { code: "url_mismatch", message, param: "url" };
  }
  return checkBody(body, state, settings);
}

function checkBody(body: unknown, state: State, { models, tokenizer }: Settings): LineError | null {
  if (typeof body !== "object" || Array.isArray(body)) {
    return { code: "invalid_type", message: "The body must be an object.", param: "body" };
  }
  const request = body as ChatRequest;
  if (typeof request.model !== "string" || request.model === "") return required("body.model");
  if (models && !models.has(request.model)) {
    const message = `The provided model '${request.model}' is not supported by the Batch API.`;
    return { code: "model_not_found", message, param: "body.model" };
  }
  state.model ??= request.model;
  if (request.model !== state.model) {
    const message = `The model '${request.model}' is not the '${state.model}' of the lines before; a batch has one model.`;
    return { code: "model_mismatch", message, param: "body.model" };
  }
  const countable = request.messages !== undefined && checkMessages(request.messages, "messages") === null;
  if (countable) state.promptTokens += promptTokens(request, tokenizer);
  return null;
}

function required(name: string): LineError {
  return {
    code: "missing_required_parameter",
    message: `Missing required parameter: '${name}'.`,
    param: name,
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const line = JSON.parse(text);
    return typeof line === "object" && line !== null && !Array.isArray(line) ? line : null;
  } catch {
    return null;
  }
}
