import { prepareChat } from "../datasets/chat.ts";
import { kindOf, RowFault } from "../datasets/row-fault.ts";
import { withoutNan } from "../feedback/feedback.ts";

/** Where rows have what was asked; the first that is there counts. */
export const PROMPT_COLUMNS = ["raw_text", "instruction", "prompt", "user_prompt", "question", "text"];

/** Where rows have it as a chat. */
export const CHAT_COLUMNS = ["messages", "conversations"];

/**
 * What was asked in a row, and the columns that say it.
 * @param first a column that goes before the usual ones
 * @throws RowFault if there is none, or no text in it
 */
export function promptIn(
  row: Record<string, unknown>,
  first?: string,
): { instruction: string; input: string; columns: string[] } {
  const names = first === undefined ? PROMPT_COLUMNS : [first, ...PROMPT_COLUMNS];
  const column = names.find((name) => Object.hasOwn(row, name));
  const chat = column ?? CHAT_COLUMNS.find((name) => Object.hasOwn(row, name));
  if (chat !== undefined && (column === undefined || Array.isArray(row[column]))) {
    return promptOfChat(row, chat);
  }
  if (column === undefined) {
    throw new RowFault("no_instruction", `has no prompt in a column ${PROMPT_COLUMNS.join(", ")}`);
  }
  const instruction = textIn(row, column);
  if (instruction.trim() === "") throw new RowFault("no_instruction", `has an empty "${column}"`);
  const hasInput = column === "instruction" && row.input !== undefined && row.input !== null;
  if (!hasInput)
    return { instruction, input: "", columns: [column, ...(row.input === null ? ["input"] : [])] };
  return { instruction, input: withoutNan(textIn(row, "input")), columns: [column, "input"] };
}

function textIn(row: Record<string, unknown>, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new RowFault("not_text", `has ${kindOf(value)} in "${column}" where text is needed`);
}

/** A chat of one turn, its system message above it; a final answer is none of it. */
function promptOfChat(
  row: Record<string, unknown>,
  column: string,
): { instruction: string; input: string; columns: string[] } {
  const {
    system_prompt: system,
    user_prompt: user,
    messages,
  } = prepareChat(row[column], column, undefined, "");
  if (messages) {
    throw new RowFault(
      "several_turns",
      `has a chat of several turns in "${column}": one prompt can be judged`,
    );
  }
  return { instruction: system === "" ? user : `${system}\n\n${user}`, input: "", columns: [column] };
}
