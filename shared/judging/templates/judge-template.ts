import { createHash } from "node:crypto";
import { type PromptTemplate, parseTemplate } from "../../datasets/recipes/prompt-template.ts";

/** The words of a prompt with {placeholders}, and what tells in every judged row which words they were. */
export interface JudgeTemplate {
  name: string;
  /** In hex, of the template as its file holds it. */
  sha256: string;
  text: string;
}

const parsed = new WeakMap<JudgeTemplate, PromptTemplate>();

/** The template in pieces, taken apart once. */
export function piecesOf(template: JudgeTemplate): PromptTemplate {
  const known = parsed.get(template) ?? parseTemplate(template.text, template.name);
  parsed.set(template, known);
  return known;
}

/** In hex, of a text as UTF-8. */
export function sha256Of(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}
