import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { EXIT } from "../../shared/errors.ts";
import { count, counted, dollars, duration, perSecond, short } from "./amounts.ts";
import { stepTable } from "./step-table.ts";
import { print, tell } from "./terminal.ts";

/** A followed job as programs read it. */
export function jobObject(view: JobView): Record<string, unknown> {
  const { job, state, rows, done, failed, output, seconds, promptTokens, completionTokens, cost, reason } =
    view;
  const object = { job, state, rows, done, failed, output, seconds, promptTokens, completionTokens, cost };
  return {
    ...object,
    ...(view.batches && { batches: view.batches }),
    ...(view.steps !== null && { steps: view.steps }),
    ...(reason !== null && { reason }),
  };
}

/** How a followed job ended, as the command's exit code. */
export function exitCodeOf(view: JobView): number {
  if (view.state === "completed_with_errors") return EXIT.doneWithFailures;
  if (view.state === "completed") return view.failed > 0 ? EXIT.doneWithFailures : EXIT.done;
  const usersFault =
    view.state === "failed" && /^(bad_input|unsupported_parameter)$/.test(view.reason?.code ?? "");
  return usersFault ? EXIT.badInput : EXIT.couldNotRun;
}

/** How to go on with a job: commands to type. */
export interface WaysOn {
  /** Takes a paused, failed or interrupted job up again. */
  resume: string;
  retry: string;
}

/** What became of a followed job, for a person. @param firstFailure which row failed first, and why */
export function jobSummary(view: JobView, waysOn: WaysOn, firstFailure?: string): string {
  switch (view.state) {
    case "completed":
    case "completed_with_errors":
      return [...steps(view), ...figures(view), ...failures(view, waysOn, firstFailure)].join("\n");
    case "cancelled":
      return `Job ${view.job} was cancelled; ${resultsSoFar(view)}`;
    case "paused":
      // A budget that is used up says itself what to type: the same job would only pause again.
      return [
        ...steps(view),
        `Paused: ${sentenceOf(view).replaceAll(`"assay resume ${view.job}"`, `"${waysOn.resume}"`)}`,
        `${resultsSoFar(view)}${view.reason?.code === "max_cost" ? "" : ` To go on: ${waysOn.resume}`}`,
      ].join("\n");
    case "failed":
      return [...steps(view), `Error: ${sentenceOf(view)}`].join("\n");
    default:
      return `Job ${view.job} is ${view.state}; ${resultsSoFar(view)}`;
  }
}

function sentenceOf(view: JobView): string {
  return view.reason?.message ?? `job ${view.job} is ${view.state}.`;
}

function figures(view: JobView): string[] {
  const rate = view.seconds > 0 ? ` (${perSecond(view.done / view.seconds)})` : "";
  const tokens = `${short(view.promptTokens)} prompt and ${short(view.completionTokens)} completion tokens`;
  return [
    `Done: ${count(view.done)} of ${count(view.rows ?? 0)} rows in ${duration(view.seconds)}${rate}.`,
    `${tokens}, cost ${dollars(view.cost)}.`,
    ...(view.truncated > 0
      ? [`${counted(view.truncated, "answer was", "answers were")} cut at max_tokens (finish_reason length).`]
      : []),
    ...(view.repeated > 0
      ? [`${counted(view.repeated, "call was", "calls were")} made twice, after a restart.`]
      : []),
    ...batches(view),
    `Output: ${view.output}`,
  ];
}

function batches({ batches: all }: JobView): string[] {
  if (all === undefined) return [];
  const made = Object.values(all.states).reduce((sum, number) => sum + number, 0);
  const sentTwice =
    all.hedges > 0 ? `, ${counted(all.hedges, "slow one was", "slow ones were")} sent a second time` : "";
  const late = all.late > 0 ? `, ${counted(all.late, "answer was", "answers were")} paid twice` : "";
  return [
    `${counted(made, "batch", "batches")}${sentTwice}${late}${all.objectsFile === null ? "." : `: ${all.objectsFile}`}`,
  ];
}

function steps(view: JobView): string[] {
  return view.steps === null ? [] : [stepTable(view.steps)];
}

function failures(view: JobView, waysOn: WaysOn, first: string | undefined): string[] {
  const again = `To ask again: ${waysOn.retry}`;
  const troubles = view.reason === null ? [] : [view.reason.message];
  if (view.failed === 0) return view.reason === null ? [] : [...troubles, again];
  const where = view.steps === null ? view.errors : "errors.jsonl beside the outputs";
  const why = first ? ` ${view.failed === 1 ? "It" : "The first"} is ${first}` : "";
  return [...troubles, `${counted(view.failed, "row", "rows")} failed: ${where} says why.${why}`, again];
}

function resultsSoFar(view: JobView): string {
  return `${count(view.done)} of ${view.rows === null ? "?" : count(view.rows)} rows are done.`;
}

/** The summary goes to standard output where there is a result, else to standard error. */
export function showSummary(view: JobView, waysOn: WaysOn, firstFailure?: string): void {
  (exitCodeOf(view) <= EXIT.doneWithFailures ? print : tell)(jobSummary(view, waysOn, firstFailure));
}
