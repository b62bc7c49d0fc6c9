import { GENERATE_KIND } from "../../../shared/contracts/messages/generate-message.ts";
import { JUDGE_KIND } from "../../../shared/contracts/messages/judge-message.ts";
import { PIPELINE_KIND } from "../../../shared/contracts/messages/pipeline-message.ts";
import { REANNOTATE_KIND } from "../../../shared/contracts/messages/reannotate-message.ts";
import { UserError } from "../../../shared/errors.ts";
import { anyOf } from "../../../shared/words/any-of.ts";
import type { JobStages } from "../../../tools/pipeline/stage-kind.ts";
import { generateKind } from "./generate/generate-kind.ts";
import type { JobKind, RowsKind, SubmitContext, Submitted } from "./job-kind.ts";
import { judgeKind } from "./judge/judge-kind.ts";
import { pipelineKind } from "./pipeline/pipeline-kind.ts";
import { reannotateKind } from "./reannotate/reannotate-kind.ts";

/**
 * Every kind of job, by the last token of its subject. Submitting, preparing, exporting, the stages of pipelines and the
 * commands are derived from these rows; the types refuse a row that lacks a member, and commands that lack a row.
 */
export const JOB_KINDS = {
  [REANNOTATE_KIND]: reannotateKind,
  [GENERATE_KIND]: generateKind,
  [JUDGE_KIND]: judgeKind,
  [PIPELINE_KIND]: pipelineKind,
} as const satisfies Record<string, JobKind>;

export type JobKindName = keyof typeof JOB_KINDS;

const KINDS: ReadonlyMap<string, JobKind> = new Map(Object.entries(JOB_KINDS));

/** The kinds that a stage of a pipeline may be, by what it `uses`. */
export const JOB_STAGES: JobStages = new Map(
  [...KINDS].flatMap(([kind, row]) =>
    row.makes === "rows" ? [[row.command, { ...row.stage, does: "job", kind }]] : [],
  ),
);

/** @throws UserError naming the kinds there are */
export function kindNamed(name: string): JobKind {
  const kind = KINDS.get(name);
  if (kind !== undefined) return kind;
  const subjects = [...KINDS.keys()].map((one) => `jobs.${one}`);
  throw new UserError(`There is no kind of job "${name}": publish to ${anyOf(subjects)}.`);
}

/** The kind of a job that has rows. */
export function rowsKindNamed(name: string): RowsKind {
  const kind = kindNamed(name);
  if (kind.makes === "rows") return kind;
  throw new Error(`jobs of the kind ${name} have no rows`);
}

/** Checks a message of a kind and resolves it. @throws UserError */
export async function resolveMessage(
  kind: string,
  message: unknown,
  context: Omit<SubmitContext, "stages">,
): Promise<Submitted> {
  const row = kindNamed(kind);
  const resolving = { ...context, stages: JOB_STAGES };
  if (row.makes === "plan") return { ...(await (await row.submit())(message, resolving)), kind };
  const resolved = await (await row.submit())(message, resolving);
  return "plan" in resolved ? { ...resolved, kind } : { ...resolved, kind, placeFlag: row.placeFlag };
}

/** Loads what submitting needs of every kind, so that the first message does not wait for it. */
export async function loadSubmitting(): Promise<void> {
  await Promise.all([...KINDS.values()].map(({ submit }) => submit()));
}
