import { createHash } from "node:crypto";
import { columnsOf, parseTemplate } from "../datasets/prompt-template.ts";
import { UserError } from "../errors.ts";

/** The words of a prompt with {placeholders}, and what tells in every judged row which words they were. */
export interface JudgeTemplate {
  name: string;
  /** Of the text as UTF-8. */
  sha256: string;
  text: string;
}

/** @param needed placeholders; the prompt would miss its matter without them. @throws UserError if one is missing */
export function judgeTemplate(name: string, text: string, needed: readonly string[]): JudgeTemplate {
  const flag = `The judge's template ${name}`;
  const placed = columnsOf(parseTemplate(text, flag));
  const missing = needed.filter((one) => !placed.includes(one));
  if (missing.length > 0) {
    const list = missing.map((one) => `{${one}}`).join(" and ");
    throw new UserError(`${flag} has no ${list}: put it where that is to stand.`);
  }
  return { name, sha256: sha256Of(text), text };
}

/** In hex, of the text as UTF-8. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
