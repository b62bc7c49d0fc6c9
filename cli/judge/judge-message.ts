import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  type JudgeMessage,
  judgedFormatOf,
  judgingFlagsOf,
  parseJudgeMessage,
} from "../../shared/contracts/messages/judge-message.ts";
import { UserError } from "../../shared/errors.ts";
import { itemColumnsOf } from "../../shared/judging/items/item-columns.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { isOwnTemplate } from "../../shared/judging/templates/own-template.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import type { TypedJob } from "../jobs/typed-by-flags.ts";
import { JUDGE_FLAGS } from "./judge-flags.ts";

const TEMP_DIR = "datasets/temp";

/**
 * Reads the flags of a judging job. @param elsewhere the system may run on another machine, and so have other files
 * @throws UserError in the sentences of the message's schema
 */
export async function readJudging(flags: Record<string, unknown>, elsewhere: boolean): Promise<TypedJob> {
  const { message, values } = typedJudging(flags);
  if (!elsewhere) await checkHere(values);
  return { message };
}

/** The message as it was typed, its files unseen, and the same with defaults. @throws UserError */
export function typedJudging(flags: Record<string, unknown>) {
  const given = givenFields(flags, JUDGE_FLAGS, textOrFile);
  for (const name of ["method", "input", "output"]) {
    if (given[name] === undefined) throw new UserError(`--${name} is missing. See \`assay judge --help\`.`);
  }
  const message: Record<string, unknown> = { ...given, ...absolute(given) };
  return { message, values: parseJudgeMessage(message) };
}

/** What is wrong with the files is said before a system is brought up. @throws UserError */
async function checkHere(values: JudgeMessage): Promise<void> {
  judgedFormatOf(values);
  itemColumnsOf(values.columns);
  if (!existsSync(values.input))
    throw new UserError(`--input ${values.input} does not exist: check the path.`);
  await loadJudging(judgingFlagsOf(values));
}

/** Paths are meant from where they were typed. */
function absolute(given: Record<string, unknown>): Partial<JudgeMessage> {
  const paths: Record<string, unknown> = { temp_dir: given.temp_dir ?? TEMP_DIR };
  for (const name of ["input", "output", "schema", "prompt_template"]) {
    const path = given[name];
    if (path === undefined || (name === "prompt_template" && isOwnTemplate(String(path)))) continue;
    paths[name] = path;
  }
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, resolve(String(path))]));
}
