import { readFile } from "node:fs/promises";
import { UserError } from "../../errors.ts";
import { textOf } from "../json/exact-json.ts";
import { unreadable } from "../reading/file-bytes.ts";

/** A template in pieces: text stands as it is, columns are filled in. */
export type PromptTemplate = ({ text: string } | { column: string })[];

/**
 * Reads `Translate {sentence} into {language}`: a column's name in braces stands for its value; `{{` and `}}` are
 * braces. @param name what a fault calls it @param example a column that it may name. @throws UserError if a brace has no partner or no column is named at all
 */
export function parseTemplate(source: string, name = "--template", example = "question"): PromptTemplate {
  const pieces: PromptTemplate = [];
  const pattern = /\{\{|\}\}|\{([^{}\r\n]+)\}|[{}]|[^{}]+/g;
  for (const [found, column] of source.matchAll(pattern)) {
    if (column !== undefined) pieces.push({ column });
    else if (found === "{" || found === "}") {
      throw new UserError(
        `${name} has a single "${found}": write {column} for a column's value and {{ or }} for a brace.`,
      );
    } else pieces.push({ text: found === "{{" || found === "}}" ? found[0]! : found });
  }
  if (!pieces.some((piece) => "column" in piece)) {
    throw new UserError(
      `${name} names no column in braces, so that all prompts would be equal: write e.g. {${example}}.`,
    );
  }
  return pieces;
}

/** The columns that a template names, each once. */
export function columnsOf(template: PromptTemplate): string[] {
  return [...new Set(template.flatMap((piece) => ("column" in piece ? [piece.column] : [])))];
}

/** The prompt of one row: text as it is, null and missing as nothing, other values as JSON. */
export function renderTemplate(template: PromptTemplate, row: Record<string, unknown>): string {
  return template
    .map((piece) => ("text" in piece ? piece.text : textOf(ownValue(row, piece.column))))
    .join("");
}

/** The value of a column, and never something that every object inherits. */
export function ownValue(row: Record<string, unknown>, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

/**
 * The text of what a user gave as --template: `@path` is a file's content, anything else the template itself.
 * For the command only: a message must not make a service read files.
 */
export async function loadTemplate(given: string): Promise<string> {
  if (!given.startsWith("@")) return given;
  const path = given.slice(1);
  return await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
}
