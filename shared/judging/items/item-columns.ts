import { parseRoles } from "../../datasets/recipes/column-roles.ts";
import { RowFault } from "../../datasets/recipes/row-fault.ts";
import { CHAT_COLUMNS, PROMPT_COLUMNS } from "./prompt-in-row.ts";
import { isResponseColumn } from "./responses-in-row.ts";
import { SHAPED_COLUMNS } from "./shapes/row-shapes.ts";

const PROMPT_ROLES = ["instruction", "input", "prompt", "messages", "turns"] as const;
const RESPONSE_ROLES = [
  ...["response", "responses", "response1", "response2", "response3", "response4", "response5"],
  ...["chosen", "rejected", "conversation_a", "conversation_b"],
] as const;
const OTHER_ROLES = ["id", "model", "models", "reference", "system"] as const;
const ROLES = [...PROMPT_ROLES, ...RESPONSE_ROLES, ...OTHER_ROLES];
const ASKING = new Set<string>([...PROMPT_COLUMNS, ...CHAT_COLUMNS, "asked", "input", "turns"]);

/** Columns by what the user says is in them. */
export type ItemColumns = Readonly<Record<string, string>>;

/** Reads `prompt=q,response1=a,response2=b`. @throws UserError */
export function itemColumnsOf(text: string | undefined): ItemColumns | undefined {
  return text === undefined ? undefined : parseRoles(text, ROLES, "prompt=question,response=answer");
}

/**
 * A row with its columns under the names of their roles. Where a role of the prompt is named, no other column is looked at
 * for a prompt; where one of responses is, for responses. What is not looked at stays with the item.
 * @throws RowFault if a column that is named is not there
 */
export function byRoles(row: Record<string, unknown>, columns: ItemColumns) {
  const named = Object.entries(columns);
  const missing = named.find(([, column]) => !Object.hasOwn(row, column));
  if (missing) throw new RowFault("no_column", `has no column "${missing[1]}", which --columns names`);
  const isOf = (roles: readonly string[]) => named.some(([role]) => roles.includes(role));
  const asks = isOf(PROMPT_ROLES);
  const answers = isOf(RESPONSE_ROLES);
  const hidden = (name: string) =>
    Object.hasOwn(columns, name) ||
    (asks && ASKING.has(name)) ||
    (answers && (isResponseColumn(name) || (SHAPED_COLUMNS.includes(name) && name !== "turns")));
  const taken = new Set(Object.values(columns));
  const left = Object.entries(row).filter(([name]) => !taken.has(name));
  const seen = left.filter(([name]) => !hidden(name));
  return {
    view: Object.fromEntries([...seen, ...named.map(([role, column]) => [role, row[column]] as const)]),
    others: Object.fromEntries(left.filter(([name]) => hidden(name))),
  };
}
