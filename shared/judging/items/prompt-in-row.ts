import { messagesOf } from "../../datasets/preparing/prepared-row.ts";
import { prepareChat } from "../../datasets/recipes/chat.ts";
import { kindOf, RowFault } from "../../datasets/recipes/row-fault.ts";
import { withoutNan } from "../../feedback/feedback.ts";
import { type Asked, askedIn, askedOf, promptOfMessages } from "../../prompts/asked.ts";
import { transcriptTurns } from "./shapes/transcript.ts";

/** Where rows have what was asked; the first that is there counts. */
export const PROMPT_COLUMNS = ["raw_text", "instruction", "prompt", "user_prompt", "question", "text"];

/** Where rows have it as a chat. */
export const CHAT_COLUMNS = ["messages", "conversations"];

/** A prompt as a judge is shown it, and the columns that say it. */
export interface PromptInRow {
  instruction: string;
  input: string;
  columns: string[];
  /** The chat, where it is known. */
  asked?: Asked;
}

/**
 * What was asked in a row, and the columns that say it. Where the row tells what was sent to a model, that is it, and no
 * column is looked at for it.
 * @param first a column that goes before the usual ones
 * @throws RowFault if there is none, or no text in it, or what the row's own columns say is something else
 */
export function promptIn(row: Record<string, unknown>, first?: string): PromptInRow {
  const asked = askedIn(row);
  if (asked !== undefined) return promptOfAsked(row, asked);
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
  const turns = transcriptTurns(instruction);
  if (turns?.at(-1)?.role === "user")
    return { ...promptOfMessages(turns), columns: [column], asked: askedOf(turns) };
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

/** A chat; a final answer is none of it. */
function promptOfChat(row: Record<string, unknown>, column: string): PromptInRow {
  const messages = messagesOf(prepareChat(row[column], column, undefined, ""));
  return { ...promptOfMessages(messages), columns: [column], asked: askedOf(messages) };
}

/** Columns in which earlier steps have written the prompt of their row. */
const OWN_COLUMNS = ["raw_text", "instruction"];

/** Columns of a source row, whatever they are called, are none of the prompt: only what a step of ours wrote is. */
function promptOfAsked(row: Record<string, unknown>, asked: Asked): PromptInRow {
  const prompt = promptOfMessages(asked.messages);
  const isOurs = "raw_text" in row || "judgements" in row;
  const column = isOurs ? OWN_COLUMNS.find((name) => Object.hasOwn(row, name)) : undefined;
  if (column === undefined) return { ...prompt, columns: columnsWith(row, prompt), asked };
  const written =
    column === "instruction" ? { ...prompt, ...pick(row) } : { instruction: row[column], input: "" };
  if (joined(written) === joined(prompt)) {
    return { ...prompt, columns: column === "instruction" ? [column, "input"] : [column], asked };
  }
  throw new RowFault(
    "prompt_disagrees",
    `has another prompt in "${column}" than was asked by its "asked": take the row from the step before again`,
  );
}

/** Columns of the source row that hold the very prompt. */
function columnsWith(
  row: Record<string, unknown>,
  { instruction, input }: Pick<PromptInRow, "instruction" | "input">,
) {
  const columns = PROMPT_COLUMNS.filter((name) => row[name] === instruction);
  return (row.input ?? "") === input ? [...columns, "input"] : columns;
}

function pick({ instruction, input }: Record<string, unknown>): { instruction: unknown; input: unknown } {
  return { instruction, input: input ?? "" };
}

/** As promptText joins them. */
const joined = ({ instruction, input }: { instruction: unknown; input: unknown }) =>
  input === "" ? instruction : `${String(instruction)}\n\n${String(input)}`;
