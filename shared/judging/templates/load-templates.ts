import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { unreadable } from "../../datasets/file-bytes.ts";
import { withoutMark } from "../../datasets/json-lines.ts";
import { UserError } from "../../errors.ts";
import type { Method } from "../methods/method.ts";
import { BUILT_IN } from "./built-in.ts";
import { type JudgeTemplate, judgeTemplate, sha256Of } from "./judge-template.ts";
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
    const text = BUILT_IN[name];
    if (text !== undefined) return judgeTemplate(method, `assay/${name}`, text);
    throw new UserError(`The method ${method} has no template of its own: give yours as --prompt_template.`);
  }
  const path = await templatePath(given, name, names);
  const bytes = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!isUtf8(bytes)) throw new UserError(`${path} is not valid UTF-8 text: save it as UTF-8.`);
  const label = join(basename(resolve(path, "..")), basename(path));
  return judgeTemplate(method, label, withoutMark(bytes).toString(), sha256Of(bytes));
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
