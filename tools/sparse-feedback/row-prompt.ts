import { prepareChat } from "../../shared/datasets/chat.ts";
import { type ColumnRoles, USUAL_NAMES } from "../../shared/datasets/column-roles.ts";
import { RowFault } from "../../shared/datasets/row-fault.ts";
import { UserError } from "../../shared/errors.ts";
import { withoutNan } from "../../shared/feedback/feedback.ts";
import { namesOf, type PlacedRow, textIn } from "../../shared/feedback/placed-rows.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";

/** The prompt of a row of an annotation mix; its `text` is another for each aspect, its `prompt_hash` for each id. */
const MIX_COLUMN = "raw_text";

/**
 * The prompt that a row of any kind answers, as one text that is the same wherever the prompt stands: in feedback, in
 * preferences of either format, in chats, or as the key of reward model pairs. Single turns are given as Alpaca prompts,
 * the only form that reward model pairs have; chats of several turns or with a system message as JSON. The columns are those that `roles` names,
 * else, in this order: raw_text, messages or conversations, instruction (with input), prompt, user_prompt, question, text.
 * @throws UserError if the row has none, or no prompt is in it
 */
export function rowPrompt(placed: PlacedRow, roles: ColumnRoles = {}): string {
  const { row } = placed;
  const named = roles.messages || roles.instruction || roles.prompt;
  const find = (role: "messages" | "instruction" | "prompt") =>
    named ? roles[role] : USUAL_NAMES[role].find((column) => Object.hasOwn(row, column));
  if (!named && Object.hasOwn(row, MIX_COLUMN)) return asAlpaca(textIn(placed, MIX_COLUMN));
  const messages = find("messages");
  if (messages) return chatPrompt(placed, messages);
  const instruction = find("instruction");
  if (instruction) {
    const input = roles.input ?? "input";
    const hasInput = row[input] !== undefined && row[input] !== null;
    return alpacaPrompt(textIn(placed, instruction), hasInput ? withoutNan(textIn(placed, input)) : "");
  }
  const prompt = find("prompt");
  if (prompt)
    return Array.isArray(row[prompt]) ? chatPrompt(placed, prompt) : asAlpaca(textIn(placed, prompt));
  throw new UserError(
    `${placed.place} has no column that Assay knows a prompt by, only ${namesOf(row)}: name it, e.g. --columns prompt=question.`,
  );
}

/** All of a chat but its final answer; a single user turn is its text. */
function chatPrompt({ place, row }: PlacedRow, column: string): string {
  try {
    const {
      system_prompt: system,
      user_prompt: user,
      messages,
    } = prepareChat(row[column], column, undefined, "");
    if (messages) return JSON.stringify(messages);
    return system === "" ? asAlpaca(user) : JSON.stringify([system, user]);
  } catch (error) {
    if (error instanceof RowFault) throw new UserError(`${place} ${error.fault.message}: mend or remove it.`);
    throw error;
  }
}

/** A text as the Alpaca prompt with it as instruction, unless it is one already: then without what follows its end. */
export function asAlpaca(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith("### Response:") ? trimmed : alpacaPrompt(text);
}
