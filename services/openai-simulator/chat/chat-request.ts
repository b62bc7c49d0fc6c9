/** The parts of a chat completions request that the simulator heeds. Other fields are allowed and change nothing. */
export type ChatRequest = {
  model: string;
  messages: ChatMessage[];
  n?: number | null;
  stop?: string | string[] | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  response_format?: { json_schema?: { schema?: Record<string, unknown> } } | null;
};

export type ChatMessage = { role: string; content?: string | ContentPart[] | null; name?: string };

export type ContentPart = { type: string; text?: string };

/** The text of a message; parts are joined, parts without text (images, audio) count as empty. */
export function textOf(message: ChatMessage): string {
  const { content } = message;
  if (typeof content === "string") return content;
  return content ? content.map((part) => part.text ?? "").join("") : "";
}

/** The text of the last message of the user; empty where there is none. */
export function lastUserText(request: ChatRequest): string {
  const message = request.messages.findLast(({ role }) => role === "user");
  return message ? textOf(message) : "";
}

/** The texts of all messages of the user. */
export function userTexts(request: ChatRequest): string {
  const ofUser = request.messages.filter(({ role }) => role === "user");
  return ofUser.length === 1 ? textOf(ofUser[0]!) : ofUser.map(textOf).join("\n");
}

/** How many tokens an answer may have: Infinity where the request does not say. */
export function maxTokensOf(request: ChatRequest): number {
  return request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
}
