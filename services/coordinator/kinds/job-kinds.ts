import { UserError } from "../../../shared/errors.ts";
import { anyOf } from "../../../shared/words/any-of.ts";
import { generateKind } from "./generate/generate-kind.ts";
import type { JobKind, RowsKind } from "./job-kind.ts";
import { judgeKind } from "./judge/judge-kind.ts";
import { pipelineKind } from "./pipeline/pipeline-kind.ts";
import { reannotateKind } from "./reannotate/reannotate-kind.ts";

/** The kinds of jobs by the last token of their subjects. */
const KINDS: ReadonlyMap<string, JobKind> = new Map<string, JobKind>([
  ["dataset-reannotate", reannotateKind],
  ["preferences-judge", judgeKind],
  ["responses-generate", generateKind],
  ["pipeline", pipelineKind],
]);

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
  if ("prepare" in kind) return kind;
  throw new Error(`jobs of the kind ${name} have no rows`);
}
