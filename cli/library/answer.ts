import type { Answer, RowFailed } from "./row-out.ts";
import type { ShownRow } from "./run-rows.ts";

interface Choice {
  text?: unknown;
  finish_reason?: unknown;
}

/** What a row that is done was answered. */
export function answerOf(shown: ShownRow, asked: number): Answer {
  const choices = (shown.choices ?? []) as Choice[];
  const texts = choices.map(({ text }) => (typeof text === "string" ? text : ""));
  const finish = choices[0]?.finish_reason;
  return {
    text: texts[0] ?? "",
    texts,
    finishReason: typeof finish === "string" ? finish : null,
    model: String(shown.model ?? ""),
    asked,
    stored: shown,
  };
}

export function failureOf<Row>(shown: ShownRow, index: number, input: Row): RowFailed<Row> {
  const { reason = "unknown", message = "No reason is known." } = shown;
  return { ok: false, index, input, reason: String(reason), message: String(message) };
}

/** The chat that a row was asked with. */
export function chatOf(shown: ShownRow): object[] {
  if (Array.isArray(shown.messages)) return shown.messages;
  const { system_prompt: system, user_prompt: content } = shown;
  const user = { role: "user", content };
  return typeof system === "string" && system !== "" ? [{ role: "system", content: system }, user] : [user];
}
