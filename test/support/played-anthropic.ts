import { type HttpAnswer, type HttpCall, type PlayedHttp, playHttp } from "./played-http.ts";

export const ANTHROPIC_KEY = "sk-ant-test-0123456789";

/** Members of a request to the Messages API; it refuses others by name, as the real one does. */
const MEMBERS =
  `model messages max_tokens system temperature top_p top_k stop_sequences metadata thinking tools
  tool_choice output_config service_tier`.split(/\s+/);

export interface MessagesRequest {
  model: string;
  max_tokens: number;
  system?: unknown;
  messages: { role: string; content: unknown }[];
  [member: string]: unknown;
}

/** A strict stand-in for Anthropic's Messages API. @param answer to requests that it takes; default: a text */
export async function playAnthropic(
  answer: (request: MessagesRequest, call: number) => HttpAnswer = (request) => messageOf(textOf(request)),
): Promise<PlayedHttp & { url: string; requests: MessagesRequest[] }> {
  const requests: MessagesRequest[] = [];
  const http = await playHttp((call) => {
    const refusal = refusalOf(call);
    if (refusal) return refusal;
    const request = JSON.parse(call.text) as MessagesRequest;
    requests.push(request);
    return answer(request, requests.length);
  });
  return Object.assign(http, { url: `${http.origin}/v1`, requests });
}

function refusalOf({ method, path, headers, text }: HttpCall): HttpAnswer | undefined {
  if (method !== "POST" || path !== "/v1/messages") return errorOf(404, "not_found_error", "Not found");
  if (headers["x-api-key"] !== ANTHROPIC_KEY)
    return errorOf(401, "authentication_error", "invalid x-api-key");
  if (headers["anthropic-version"] !== "2023-06-01")
    return errorOf(400, "invalid_request_error", "anthropic-version: header is required");
  return requestRefusal(JSON.parse(text));
}

/** What is wrong with the parameters of one message. */
export function requestRefusal(request: MessagesRequest): HttpAnswer | undefined {
  const wrong = (message: string) => errorOf(400, "invalid_request_error", message);
  const extra = Object.keys(request).find((member) => !MEMBERS.includes(member));
  if (extra) return wrong(`${extra}: Extra inputs are not permitted`);
  if (!Number.isInteger(request.max_tokens)) return wrong("max_tokens: Field required");
  if (typeof request.temperature === "number" && request.temperature > 1)
    return wrong("temperature: range: 0..1");
  for (const { role, content, ...rest } of request.messages) {
    if (role !== "user" && role !== "assistant") return wrong(`messages: Unexpected role "${role}"`);
    if (Object.keys(rest).length > 0)
      return wrong(`messages.0.${Object.keys(rest)[0]}: Extra inputs are not permitted`);
    if (content === "" || content === undefined)
      return wrong("messages: text content blocks must be non-empty");
  }
  return request.messages[0]?.role === "user"
    ? undefined
    : wrong("messages: first message must use the user role");
}

export function errorOf(status: number, type: string, message: string, headers = {}): HttpAnswer {
  return { status, headers, body: { type: "error", error: { type, message }, request_id: "req_1" } };
}

/** A message of these content blocks, or of a text. */
export function messageOf(content: string | object[], change: object = {}, headers = {}): HttpAnswer {
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const body = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-test-20250101", content: blocks },
    ...{ stop_reason: "end_turn", stop_sequence: null, usage: { input_tokens: 12, output_tokens: 7 } },
    ...change,
  };
  return { headers, body };
}

function textOf({ system, messages }: MessagesRequest): string {
  return `${system === undefined ? "" : `${system}: `}${JSON.stringify(messages.at(-1)!.content)}`;
}
