import { isJsonObject } from "../../shared/datasets/json/exact-json.ts";
import { kindOf } from "../../shared/datasets/recipes/row-fault.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { type BatchEndpoint, ENDPOINTS, isEndpoint } from "./batch-rules.ts";

/** What is wrong with a line: a code for programs, and a sentence that begins with the line's place. */
export interface RequestFault {
  code: string;
  message: string;
}

/** What lines are compared by; undefined where the line does not say it as it should. */
export interface RequestLine {
  customId: string | undefined;
  url: BatchEndpoint | undefined;
  model: string | undefined;
  /** Texts to embed; 0 for other endpoints. */
  embeddingInputs: number;
  faults: RequestFault[];
}

/** Reads a line of a request file by itself: all that is wrong with it without looking at other lines. */
export function readRequestLine(value: unknown): RequestLine {
  const faults: RequestFault[] = [];
  const wrong = (code: string, message: string) => {
    faults.push({ code, message });
    return undefined;
  };
  if (!isJsonObject(value)) {
    wrong("invalid_request", `is ${kindOf(value)}, not an object {custom_id, method, url, body}`);
    return { customId: undefined, url: undefined, model: undefined, embeddingInputs: 0, faults };
  }
  const customId = customIdOf(value.custom_id, wrong);
  if (value.method !== "POST")
    wrong("invalid_method", `has ${shown(value.method)} as method: it must be "POST"`);
  const url = urlOf(value.url, wrong);
  const { body } = value;
  if (!isJsonObject(body)) {
    wrong("missing_body", `has ${kindOf(body)} as body: it must be the request's object`);
    return { customId, url, model: undefined, embeddingInputs: 0, faults };
  }
  const model = modelOf(body, url, wrong);
  if (url !== undefined) checkBody(body, url, wrong);
  const embeddingInputs = url === "/v1/embeddings" ? inputsOf(body.input) : 0;
  return { customId, url, model, embeddingInputs, faults };
}

type Wrong = (code: string, message: string) => undefined;

function customIdOf(id: unknown, wrong: Wrong): string | undefined {
  if (typeof id === "string" && id.trim() !== "") return id;
  if (id === undefined) return wrong("missing_custom_id", "has no custom_id");
  return wrong("invalid_custom_id", `has ${shown(id)} as custom_id: it must be a text that is not empty`);
}

function urlOf(url: unknown, wrong: Wrong): BatchEndpoint | undefined {
  if (typeof url === "string" && isEndpoint(url)) return url;
  if (url === undefined) return wrong("missing_url", "has no url, such as /v1/chat/completions");
  const near = typeof url === "string" ? nearestNames(url, Object.keys(ENDPOINTS), 1)[0] : undefined;
  const known = near ? `did you mean ${near}` : `known are ${Object.keys(ENDPOINTS).join(", ")}`;
  return wrong("invalid_url", `has the url ${shown(url)}, which no batch can call: ${known}`);
}

function modelOf(
  body: Record<string, unknown>,
  url: BatchEndpoint | undefined,
  wrong: Wrong,
): string | undefined {
  if (typeof body.model === "string" && body.model.trim() !== "") return body.model;
  // Moderation has a default model, and a stored prompt of the Responses API names its own.
  const optional = url === "/v1/moderations" || (url === "/v1/responses" && "prompt" in body);
  if (optional && body.model === undefined) return undefined;
  return wrong("missing_model", `has ${shown(body.model)} as model in its body: it must name one`);
}

function checkBody(body: Record<string, unknown>, url: BatchEndpoint, wrong: Wrong): void {
  const needed = ENDPOINTS[url];
  if (needed !== undefined && (body[needed] ?? null) === null) {
    wrong("missing_required_parameter", `has no ${needed} in its body, which ${url} needs`);
  } else if (needed === "messages") checkMessages(body.messages, wrong);
  if (body.stream === true) wrong("stream_not_supported", "asks for a stream, which a batch cannot give");
}

function checkMessages(messages: unknown, wrong: Wrong): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    wrong("invalid_messages", `has ${shown(messages)} as messages: it must be a list of at least one`);
    return;
  }
  const bad = messages.findIndex((message) => !isJsonObject(message) || typeof message.role !== "string");
  if (bad >= 0) wrong("invalid_messages", `has no {role, content} as message ${bad}`);
}

/** A list of texts or of token lists is many inputs; a text or one list of tokens is one. */
function inputsOf(input: unknown): number {
  return Array.isArray(input) && typeof input[0] !== "number" ? input.length : 1;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57).toWellFormed()}...` : text;
}
