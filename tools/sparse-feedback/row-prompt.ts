import { messagesOf } from "../../shared/datasets/preparing/prepared-row.ts";
import { prepareChat } from "../../shared/datasets/recipes/chat.ts";
import { type ColumnRoles, USUAL_NAMES } from "../../shared/datasets/recipes/column-roles.ts";
import { RowFault } from "../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../shared/errors.ts";
import { withoutNan } from "../../shared/feedback/feedback.ts";
import { namesOf, type PlacedRow, textIn } from "../../shared/feedback/placed-rows.ts";
import { askedIn } from "../../shared/prompts/asked.ts";
import { chatIdentity, promptIdentity } from "../../shared/prompts/prompt-identity.ts";

/** The prompt of a row of an annotation mix; its `text` is another for each aspect, its `prompt_hash` for each id. */
const MIX_COLUMN = "raw_text";

/**
 * The prompt that a row of any kind answers, as one text that is the same wherever the prompt stands: in feedback, in
 * preferences of either format, in chats, or as the key of reward model pairs. What a row tells that was asked is the prompt;
 * else it is in the columns that `roles` names, else in the first of these: raw_text, messages or conversations, a prompt that
 * is a chat, the turns before the answers in chosen, instruction (with input), prompt, user_prompt, question, text.
 * @throws UserError if the row has none, or no prompt is in it
 */
export function rowPrompt(placed: PlacedRow, roles: ColumnRoles = {}): string {
  const { row } = placed;
  const named = roles.messages || roles.instruction || roles.prompt;
  const asked = named ? undefined : withPlace(placed, () => askedIn(row));
  if (asked) return chatIdentity(asked.messages);
  const find = (role: "messages" | "instruction" | "prompt") =>
    named ? roles[role] : USUAL_NAMES[role].find((column) => Object.hasOwn(row, column));
  if (!named && Object.hasOwn(row, MIX_COLUMN)) return promptIdentity(textIn(placed, MIX_COLUMN));
  const messages = find("messages") ?? (named || !hasTurns(row.chosen) ? undefined : "chosen");
  if (messages) return chatPrompt(placed, messages);
  const instruction = find("instruction");
  if (instruction) {
    const input = roles.input ?? "input";
    const hasInput = row[input] !== undefined && row[input] !== null;
    return promptIdentity(textIn(placed, instruction), hasInput ? withoutNan(textIn(placed, input)) : "");
  }
  const prompt = find("prompt");
  if (prompt)
    return Array.isArray(row[prompt]) ? chatPrompt(placed, prompt) : promptIdentity(textIn(placed, prompt));
  throw new UserError(
    `${placed.place} has no column that Assay knows a prompt by, only ${namesOf(row)}: name it, e.g. --columns prompt=question.`,
  );
}

/** Whether it is a chat with a question, as preferences have it; of TRL's the question is in `prompt`. */
const hasTurns = (chosen: unknown): boolean => Array.isArray(chosen) && chosen.length > 1;

/** All of a chat but its final answer. */
function chatPrompt(placed: PlacedRow, column: string): string {
  return withPlace(placed, () =>
    chatIdentity(messagesOf(prepareChat(placed.row[column], column, undefined, ""))),
  );
}

function withPlace<Value>({ place }: PlacedRow, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof RowFault) throw new UserError(`${place} ${error.fault.message}: mend or remove it.`);
    throw error;
  }
}
