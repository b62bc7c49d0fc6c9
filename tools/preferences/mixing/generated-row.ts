import { createHash } from "node:crypto";
import { isJsonObject, textOf } from "../../../shared/datasets/json/exact-json.ts";
import { kindOf, RowFault } from "../../../shared/datasets/recipes/row-fault.ts";
import { promptIn } from "../../../shared/judging/items/prompt-in-row.ts";
import { promptText } from "../../../shared/judging/items/prompt-text.ts";

/** A prompt with a model's response, as generation writes it. */
export interface GeneratedRow {
  /** By it the rows of one prompt are known. */
  key: string;
  id: string;
  prompt: string;
  response: string;
  /** Further members of the prompt's row. */
  extra: Record<string, unknown>;
}

/**
 * Reads {prompt_hash?, id?, text, outputs: [{text, ...}], ...}. The key is the row's `prompt_hash`, or else the SHA-256 in
 * hex of its prompt and id; the id is the key where there is none. Of several outputs the first counts.
 * @throws RowFault if there is no prompt or no output
 */
export function readGeneratedRow(row: Record<string, unknown>, idColumn: string): GeneratedRow {
  const { columns, ...asked } = promptIn(row, "text");
  const prompt = promptText(asked);
  const id = idIn(row, idColumn);
  const key =
    typeof row.prompt_hash === "string" && row.prompt_hash !== ""
      ? row.prompt_hash
      : createHash("sha256").update(`${prompt}${id}`).digest("hex");
  const used = new Set([...columns, idColumn, "prompt_hash", "outputs"]);
  const extra = Object.fromEntries(Object.entries(row).filter(([name]) => !used.has(name)));
  return { key, id: id === "" ? key : id, prompt, response: responseIn(row), extra };
}

function idIn(row: Record<string, unknown>, column: string): string {
  const id = row[column] ?? "";
  if (typeof id === "string" || kindOf(id) === "a number") return textOf(id);
  throw new RowFault("invalid_id", `has ${kindOf(id)} in "${column}" where text or a number is needed`);
}

function responseIn({ outputs }: Record<string, unknown>): string {
  const [first] = Array.isArray(outputs) ? outputs : [];
  const text = isJsonObject(first) ? first.text : first;
  if (typeof text === "string") return text;
  throw new RowFault("no_outputs", 'has no text in "outputs": it holds no generated response');
}
