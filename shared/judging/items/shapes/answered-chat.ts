import { jsonCell } from "../../../datasets/json/json-cell.ts";
import type { ChatMessage } from "../../../datasets/preparing/prepared-row.ts";
import { readMessages } from "../../../datasets/recipes/chat.ts";
import { isResponseColumn } from "../responses-in-row.ts";
import { comparedChats } from "./compared-chats.ts";
import type { RowShape } from "./row-shape.ts";
import { transcriptTurns } from "./transcript.ts";

const COLUMNS = ["messages", "conversations", "conversation", "transcript"];

/** A chat or a transcript that ends in an answer, in a row that has no other: the answer is what is judged. */
export const answeredChat: RowShape = {
  is: (row) => !Object.keys(row).some(isResponseColumn) && !("asked" in row) && chatIn(row) !== undefined,
  read(row) {
    const { column, chat } = chatIn(row)!;
    const { prompt, texts } = comparedChats([chat], column);
    const writer = typeof row.model === "string" ? row.model : null;
    return {
      prompt: { ...prompt, columns: [] },
      columns: writer === null ? [column] : [column, "model"],
      responses: [{ text: texts[0]!, model: writer }],
    };
  },
};

function chatIn(row: Record<string, unknown>): { column: string; chat: ChatMessage[] } | undefined {
  const column = COLUMNS.find((name) => Object.hasOwn(row, name));
  if (column === undefined) return undefined;
  const value = jsonCell(row[column]);
  const chat = Array.isArray(value)
    ? readMessages(value, column)
    : typeof value === "string" && transcriptTurns(value);
  return chat && chat.at(-1)?.role === "assistant" ? { column, chat } : undefined;
}
