import type { ChatRequest } from "../../services/openai-simulator/chat/chat-request.ts";

/** A request with one user message; `more` adds or replaces fields. */
export function chatBody(
  content: string,
  more: Partial<ChatRequest> & Record<string, unknown> = {},
): ChatRequest {
  return { model: "gpt-4o-mini", messages: [{ role: "user", content }], ...more };
}

/** Posts a chat completion to the simulator at `url` without any client library. */
export function postChat(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-test", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

type Completion = {
  choices: { message: { content: string | null; refusal: string | null }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
};

/** The completion of a body that must be answered with 200. */
export async function completionOf(url: string, body: unknown): Promise<Completion> {
  const response = await postChat(url, body);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Completion;
}
