import { alpacaPrompt } from "../../prompts/alpaca.ts";
import { isJsonObject } from "../json/exact-json.ts";
import type { PreparedRow } from "../preparing/prepared-row.ts";
import type { Fault } from "../reading/source-row.ts";
import { prepareChat } from "./chat.ts";
import type { ColumnRoles } from "./column-roles.ts";
import { columnsOf, ownValue, type PromptTemplate, renderTemplate } from "./prompt-template.ts";
import { kindOf, RowFault } from "./row-fault.ts";

/**
 * How the rows of one dataset become prompts; settled once, before its first row.
 * `system` is the user's text and takes the place of what the rows say.
 */
export interface Recipe {
  form: "alpaca" | "chat" | "prompt" | "template";
  columns: ColumnRoles;
  system?: string;
  template?: PromptTemplate;
}

/** The prompt of a source row, or why there is none. Pure: equal rows give equal prompts. */
export function applyRecipe(recipe: Recipe, value: unknown): PreparedRow | { fault: Fault } {
  try {
    if (!isJsonObject(value))
      throw new RowFault("not_an_object", `is ${kindOf(value)}, not an object with columns`);
    return prepare(recipe, value);
  } catch (error) {
    if (error instanceof RowFault) return { fault: error.fault };
    throw error;
  }
}

function prepare(recipe: Recipe, row: Record<string, unknown>): PreparedRow {
  const { columns } = recipe;
  const system = recipe.system ?? optionalText(row, columns.system);
  if (recipe.form === "chat") return withOutput(chatOf(recipe, row, columns.messages!), row, columns.output);
  if (recipe.form === "prompt" && Array.isArray(ownValue(row, columns.prompt!))) {
    return withOutput(chatOf(recipe, row, columns.prompt!), row, columns.output);
  }
  const prompt: PreparedRow = {
    system_prompt: system,
    user_prompt: promptOf(recipe, row),
    annotation_original: null,
  };
  return withOutput(prompt, row, columns.output);
}

function chatOf(recipe: Recipe, row: Record<string, unknown>, column: string): PreparedRow {
  requireColumn(row, column);
  return prepareChat(row[column], column, recipe.system, optionalText(row, recipe.columns.system));
}

function promptOf(recipe: Recipe, row: Record<string, unknown>): string {
  const { columns } = recipe;
  if (recipe.form === "alpaca") {
    return alpacaPrompt(requiredText(row, columns.instruction!), optionalText(row, columns.input));
  }
  if (recipe.form === "prompt") return requiredText(row, columns.prompt!);
  const prompt = renderTemplate(recipe.template!, row);
  if (prompt.trim() !== "") return prompt;
  throw new RowFault(
    "no_instruction",
    `gives an empty prompt: ${columnsOf(recipe.template!).join(", ")} are empty`,
  );
}

/** The output column counts where the chat itself does not end with an answer. */
function withOutput(
  prepared: PreparedRow,
  row: Record<string, unknown>,
  column: string | undefined,
): PreparedRow {
  if (prepared.annotation_original !== null || !column) return prepared;
  return { ...prepared, annotation_original: answerOf(ownValue(row, column)) };
}

/** An answer given as a list of one assistant turn is that turn's text; any other value is kept as it is. */
function answerOf(value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 1) return value ?? null;
  const [turn] = value;
  return isJsonObject(turn) && turn.role === "assistant" && typeof turn.content === "string"
    ? turn.content
    : value;
}

function requiredText(row: Record<string, unknown>, column: string): string {
  requireColumn(row, column);
  const value = row[column];
  if (typeof value === "string" && value.trim() !== "") return value;
  if (value === null || typeof value === "string") {
    const what = value === null ? "null" : "empty";
    throw new RowFault("no_instruction", `has no instruction: its column "${column}" is ${what}`);
  }
  throw new RowFault(
    "instruction_not_text",
    `has ${kindOf(value)} in column "${column}" where text is needed`,
  );
}

function optionalText(row: Record<string, unknown>, column: string | undefined): string {
  const value = column ? ownValue(row, column) : undefined;
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  throw new RowFault("input_not_text", `has ${kindOf(value)} in column "${column}" where text is needed`);
}

function requireColumn(row: Record<string, unknown>, column: string): void {
  if (Object.hasOwn(row, column)) return;
  const columns = Object.keys(row).slice(0, 20).join(", ");
  throw new RowFault(
    "no_instruction",
    `has no instruction: there is no "${column}" among its columns (${columns || "none"})`,
  );
}
