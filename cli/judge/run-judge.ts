import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Call, refuseIfNoneCan } from "../../shared/annotators/call.ts";
import type { Registry } from "../../shared/annotators/registry.ts";
import {
  type JudgeMessage,
  judgedFormatOf,
  judgingFlagsOf,
  parseJudgeMessage,
  samplingOfJudge,
} from "../../shared/contracts/judge-message.ts";
import { givenNames } from "../../shared/contracts/sampling.ts";
import { UserError } from "../../shared/errors.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { isOwnTemplate } from "../../shared/judging/templates/own-template.ts";
import type { JudgeFlags } from "../commands/judge.ts";
import { readCliConfig } from "../config.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { runJob } from "../jobs/run-job.ts";
import { estimateJudging } from "./judge-estimate.ts";
import { JUDGE_FLAGS } from "./judge-flags.ts";
import { writeJudgeRequests } from "./judge-requests.ts";

const TEMP_DIR = "datasets/temp";

/** What `assay judge` does, by its flags. @returns the exit code */
export async function runJudge(
  flags: JudgeFlags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const given = givenFields(flags, JUDGE_FLAGS, textOrFile);
  for (const name of ["method", "input", "output"]) {
    if (given[name] === undefined) throw new UserError(`--${name} is missing. See \`assay judge --help\`.`);
  }
  const message = { ...given, ...absolute(given) };
  const values = parseJudgeMessage(message);
  if (flags.requestsOnly) return await writeJudgeRequests(values, givenNames(message), flags, config);
  if (flags.rowsPerShard !== undefined)
    throw new UserError("--rows_per_shard belongs to --requests_only: leave it out, or give both.");
  if (config.natsUrl === undefined) await checkHere(values);
  const job = {
    kind: "preferences-judge",
    message,
    annotators: [values.annotator],
    check: (registry: Registry) => refuseIfNoneCan([callOf(values, givenNames(message))], registry),
    estimate: async (registry: Registry, allCalls: Promise<number>) => [
      await estimateJudging(values, registry.resolve(values.annotator), allCalls),
    ],
  };
  return await runJob(job, flags, config, argv);
}

/** What the judge's model is asked. */
function callOf(values: JudgeMessage, given: ReadonlySet<string>): Call {
  return { annotator: values.annotator, sampling: samplingOfJudge(values), given, pace: values };
}

/** What is wrong with the files is said before a system is brought up. @throws UserError */
async function checkHere(values: JudgeMessage): Promise<void> {
  judgedFormatOf(values);
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
