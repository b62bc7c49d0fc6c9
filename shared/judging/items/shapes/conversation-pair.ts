import { jsonCell } from "../../../datasets/json/json-cell.ts";
import { readMessages } from "../../../datasets/recipes/chat.ts";
import { comparedChats } from "./compared-chats.ts";
import { exchanges, textsIn } from "./exchanges.ts";
import type { RowShape } from "./row-shape.ts";

const MODELS = ["model_a", "model_b"];

/**
 * Two models' conversations about the same questions, as arenas and the human judgements of MT-bench have them:
 * `conversation_a`, `conversation_b`, `model_a`, `model_b`. `turn` is the number of questions that were judged.
 */
export const conversationPair: RowShape = {
  is: (row) => "conversation_a" in row && "conversation_b" in row,
  read(row) {
    const columns = ["conversation_a", "conversation_b"];
    const chats = columns.map((column) => readMessages(jsonCell(row[column]), column));
    const cut = chats.map((chat) => upTo(chat, row.turn));
    const { prompt, texts } = comparedChats(cut, columns.join(" and "));
    return {
      prompt: { ...prompt, columns: [] },
      columns: [...columns, ...MODELS],
      responses: byModels(row, texts),
    };
  },
};

/** The same with the turns of each side in a list of texts: `prompt`, `response_a`, `response_b`. */
export const turnListPair: RowShape = {
  is: (row) => ["prompt", "response_a", "response_b"].every((name) => textsIn(row[name]) !== undefined),
  read(row) {
    const columns = ["response_a", "response_b"];
    const asked = textsIn(row.prompt)!;
    const chats = columns.map((column) => exchanges(asked, textsIn(row[column])!, column));
    const { prompt, texts } = comparedChats(chats, columns.join(" and "));
    return {
      prompt: { ...prompt, columns: ["prompt"] },
      columns: [...columns, ...MODELS],
      responses: byModels(row, texts),
    };
  },
};

function byModels(row: Record<string, unknown>, texts: readonly string[]) {
  return texts.map((text, at) => {
    const model = row[MODELS[at]!];
    return { text, model: typeof model === "string" ? model : null };
  });
}

/** A chat up to the answer to its question `turn`, counted from 1; all of it where that is no such number. */
function upTo<Message extends { role: string }>(chat: Message[], turn: unknown): Message[] {
  if (typeof turn !== "number" || turn < 1) return chat;
  let asked = 0;
  const end = chat.findIndex(({ role }) => role === "user" && ++asked > turn);
  return end < 0 ? chat : chat.slice(0, end);
}
