import { answeredChat } from "./answered-chat.ts";
import { conversationPair, turnListPair } from "./conversation-pair.ts";
import { preferencePair } from "./preference-pair.ts";
import type { RowShape } from "./row-shape.ts";
import { turnList } from "./turn-list.ts";

/** The shapes that are known by several columns together; the first that a row has counts. */
const ROW_SHAPES: readonly RowShape[] = [
  preferencePair,
  conversationPair,
  turnListPair,
  turnList,
  answeredChat,
];

/** Columns that hold a question as well as its answers. */
export const SHAPED_COLUMNS = [
  "chosen",
  "rejected",
  "conversation_a",
  "conversation_b",
  "turns",
  "transcript",
];

/** The shape of a row; undefined where its columns are looked at one by one. @throws RowFault if a chat in it is none */
export function shapeOf(row: Record<string, unknown>): RowShape | undefined {
  return ROW_SHAPES.find((shape) => shape.is(row));
}
