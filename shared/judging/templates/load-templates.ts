import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Method } from "../../contracts/messages/judge-methods.ts";
import { unreadable } from "../../datasets/reading/file-bytes.ts";
import { withoutMark } from "../../datasets/reading/json-lines.ts";
import { columnsOf, parseTemplate } from "../../datasets/recipes/prompt-template.ts";
import { UserError } from "../../errors.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import { type JudgeTemplate, sha256Of } from "./judge-template.ts";
import { isOwnTemplate } from "./own-template.ts";

const ENDINGS = [".md", ".txt"];

/**
 * The templates that a method needs, by name: Assay's own, or those of a user's folder that has a file `<name>.md` or
 * `<name>.txt` for each. One file will do where one template is needed.
 * @param given Assay's own set by a method's name, else a path; Assay's own where there is none
 * @throws UserError if one cannot be read or lacks its placeholders
 */
export async function loadTemplates(
  method: Method,
  names: readonly string[],
  given: string | undefined,
): Promise<Record<string, JudgeTemplate>> {
  const templates: Record<string, JudgeTemplate> = {};
  for (const name of names) templates[name] = await loadTemplate(method, name, names, given);
  return templates;
}

async function loadTemplate(
  method: Method,
  name: string,
  names: readonly string[],
  given: string | undefined,
): Promise<JudgeTemplate> {
  if (given === undefined || isOwnTemplate(given)) {
    const text = METHOD_TABLE[method].templates[name];
    if (text !== undefined) return checked(method, `assay/${name}`, text);
    throw new UserError(`The method ${method} has no template of its own: give yours as --prompt_template.`);
  }
  const path = await templatePath(given, name, names);
  const bytes = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!isUtf8(bytes)) throw new UserError(`${path} is not valid UTF-8 text: save it as UTF-8.`);
  const label = join(basename(resolve(path, "..")), basename(path));
  return checked(method, label, withoutMark(bytes).toString(), sha256Of(bytes));
}

async function templatePath(given: string, name: string, names: readonly string[]): Promise<string> {
  const status = await stat(given).catch((cause) => {
    throw unreadable(given, cause);
  });
  if (status.isFile()) {
    if (names.length === 1) return given;
    throw new UserError(
      `--prompt_template ${given} is one file, but ${names.join(", ")} need one each: give a folder with ${names[0]}.md and the others.`,
    );
  }
  for (const ending of ENDINGS) {
    const path = join(given, name + ending);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  const wayOut = names.length > 1 ? ", or leave it out of --aspects" : "";
  throw new UserError(`--prompt_template ${given} has no ${name}.md (or .txt): add it${wayOut}.`);
}

/** @throws UserError if a brace has no partner, or a placeholder that the method needs is missing */
function checked(method: Method, name: string, text: string, sha256 = sha256Of(text)): JudgeTemplate {
  const needed = METHOD_TABLE[method].placeholders;
  const label = `The judge's template ${name}`;
  const placed = columnsOf(parseTemplate(text, label, needed.at(-1)![0]));
  const missing = needed.find((names) => !names.some((one) => placed.includes(one)));
  if (missing === undefined) return { name, sha256, text };
  const list = missing.map((one) => `{${one}}`).join(" or ");
  throw new UserError(`${label} has no ${list}: put it where that is to stand in the prompt.`);
}
