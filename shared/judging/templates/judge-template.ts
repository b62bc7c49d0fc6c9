import { createHash } from "node:crypto";
import { columnsOf, type PromptTemplate, parseTemplate } from "../../datasets/prompt-template.ts";
import { UserError } from "../../errors.ts";
import type { Method } from "../methods/method.ts";

/** The words of a prompt with {placeholders}, and what tells in every judged row which words they were. */
export interface JudgeTemplate {
  name: string;
  /** In hex, of the template as its file holds it. */
  sha256: string;
  text: string;
}

/** Placeholders without which a prompt misses its matter; of several in one list, one is enough. */
const NEEDED: Record<Method, readonly string[][]> = {
  ultrafeedback: [["instruction"], ["texts"]],
  overall: [["instruction"], ["texts"]],
  ratings: [["instruction"], ["response"]],
  rankings: [["instruction"], ["response_a"], ["response_b"]],
  pairwise: [["instruction"], ["response_a"], ["response_b"]],
  custom: [["response", "texts", "response_a"]],
};

/** @throws UserError if a brace has no partner, or a placeholder that the method needs is missing */
export function judgeTemplate(
  method: Method,
  name: string,
  text: string,
  sha256 = sha256Of(text),
): JudgeTemplate {
  const label = `The judge's template ${name}`;
  const placed = columnsOf(parseTemplate(text, label, NEEDED[method].at(-1)![0]));
  const missing = NEEDED[method].find((names) => !names.some((one) => placed.includes(one)));
  if (missing === undefined) return { name, sha256, text };
  const list = missing.map((one) => `{${one}}`).join(" or ");
  throw new UserError(`${label} has no ${list}: put it where that is to stand in the prompt.`);
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
