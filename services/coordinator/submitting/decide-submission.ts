import type { JobSpec, RequestJob } from "../../../shared/contracts/job-entry.ts";
import { laneNameOf } from "../../../shared/lanes.ts";
import { endpointsAfter } from "../exporting/endpoints.ts";
import { restartedEntry } from "../job/end-job.ts";
import { isGrown } from "../job/grown-rows.ts";
import { identityOf } from "../job/work-folder.ts";
import type { SubmittedJob } from "../kinds/job-kind.ts";
import { type Act, isApplied, originAfter } from "./act.ts";

/** What a submission does to the job of the same output folder. */
export type Decision =
  | { kind: "write"; entry: RequestJob; note: string | null }
  | { kind: "keep"; note: string | null }
  | { kind: "refuse"; error: string };

export interface SubmissionFacts {
  submitted: SubmittedJob;
  act: Act;
  traceparent: string;
  uuid: string;
  nowIso: string;
  /** The job as it stands, undefined when there is none. */
  existing: RequestJob | undefined;
  /** Rows of the existing job that have a good answer, and that failed. */
  done: number;
  failed: number;
  /** Where there is none: whether answers of an equal one, which the broker has forgotten, are in its work folder. */
  answersKept: boolean;
  /** Where its output is not, although it is complete: whether it can be written again from its stored answers. */
  outputGone: false | "answers kept" | "answers gone";
  /** Where the annotator's calls go now, as a service of the lane says; null where none did. */
  endpoint: string | null;
}

const GROWN =
  "This job goes on with more rows: what is answered is kept, and rows that had failed are asked again.";

/** Decides; everything that it needs to know is an argument. */
export function decideSubmission(facts: SubmissionFacts): Decision {
  const { existing, submitted } = facts;
  if (existing === undefined) return { kind: "write", entry: firstEntry(facts), note: noteOfKept(facts) };
  if (isApplied(existing, facts.act)) return { kind: "keep", note: null };
  if (submitted.overwrite) return started(facts, existing, { fresh: true });
  const differing = differences(existing.spec, submitted.spec);
  if (isGrown(identityOf(existing.spec), identityOf(submitted.spec)))
    return started(facts, existing, { fresh: false, note: GROWN });
  if (differing.length > 0) {
    if (facts.done === 0 && (existing.state === "failed" || existing.state === "cancelled")) {
      return started(facts, existing, { fresh: true });
    }
    return { kind: "refuse", error: refusal(submitted, differing) };
  }
  return continued(facts, existing);
}

function continued(facts: SubmissionFacts, existing: RequestJob): Decision {
  const { spec, retryFailed } = facts.submitted;
  const { outputGone } = facts;
  if (outputGone === "answers gone") return { kind: "refuse", error: nothingLeft(existing) };
  const note = outputGone ? "Its output was gone: it is written again from the stored answers." : null;
  const writeAgain = outputGone === "answers kept" || existing.spec.format !== spec.format;
  switch (existing.state) {
    case "completed":
      if (writeAgain) return started(facts, existing, { fresh: false, note });
      return {
        kind: "keep",
        note: "This job is complete already: nothing was done; --overwrite makes it anew.",
      };
    case "completed_with_errors":
      if (writeAgain || retryFailed) return started(facts, existing, { fresh: false, note });
      return {
        kind: "keep",
        note: `This job is complete already, with ${facts.failed} failed ${facts.failed === 1 ? "row" : "rows"}: --retry_failed asks again.`,
      };
    case "failed":
    case "cancelled":
      return started(facts, existing, { fresh: false });
    case "paused":
      if (changesLane(facts, existing)) return started(facts, existing, { fresh: false });
      return changed(facts, existing, "running", "The paused job goes on.");
    default:
      if (changesLane(facts, existing)) return started(facts, existing, { fresh: false });
      return changed(facts, existing, existing.state, "This job is under way already: following it.");
  }
}

/** What is not done goes by another way: a new run, since the old way's work must be over before it. */
function changesLane({ submitted }: SubmissionFacts, existing: RequestJob): boolean {
  return laneNameOf(submitted.spec.dispatch) !== laneNameOf(existing.spec.dispatch);
}

/** A new run: with the good results of earlier ones, or without any of them, in a work folder of its own. */
function started(
  facts: SubmissionFacts,
  existing: RequestJob,
  { fresh, note = null }: { fresh: boolean; note?: string | null },
): Decision {
  const run = existing.run + 1;
  const { spec } = facts.submitted;
  const { endpoints: _, ...restarted } = restartedEntry(existing);
  const workFolder = fresh ? `${spec.workFolder}-r${run}` : existing.spec.workFolder;
  return {
    kind: "write",
    entry: {
      ...restarted,
      firstRun: fresh ? run : existing.firstRun,
      spec: { ...spec, workFolder },
      ...endpointsAfter(fresh ? undefined : existing, !fresh && facts.done > 0, facts.endpoint),
      ...originAfter(facts.act, existing),
      uuid: fresh ? facts.uuid : existing.uuid,
      createdAt: fresh ? facts.nowIso : existing.createdAt,
    },
    note,
  };
}

/** Limits, budget, priority and the like may change while a job is under way. */
function changed(
  facts: SubmissionFacts,
  existing: RequestJob,
  state: RequestJob["state"],
  note: string,
): Decision {
  const spec = { ...facts.submitted.spec, workFolder: existing.spec.workFolder };
  const reason = state === existing.state ? existing.reason : null;
  const of = {
    ...endpointsAfter(existing, facts.done > 0, facts.endpoint),
    ...originAfter(facts.act, existing),
  };
  return { kind: "write", entry: { ...existing, ...of, state, reason, spec }, note };
}

function noteOfKept({ answersKept, submitted: { retryFailed, spec } }: SubmissionFacts): string | null {
  if (!answersKept) return null;
  const failed = retryFailed
    ? "rows that had failed are asked again"
    : "rows that had failed stay so, unless --retry_failed";
  return `The answers that are in ${spec.workFolder} from before are taken over; ${failed}.`;
}

/** Answers that are taken over are those of run 1: a later one asks its failed rows again. */
function firstEntry(facts: SubmissionFacts): RequestJob {
  return {
    id: facts.submitted.id,
    kind: facts.submitted.kind,
    run: facts.answersKept && facts.submitted.retryFailed ? 2 : 1,
    firstRun: 1,
    state: "queued",
    reason: null,
    spec: facts.submitted.spec,
    ...endpointsAfter(undefined, facts.answersKept, facts.endpoint),
    ...originAfter(facts.act, undefined),
    uuid: facts.uuid,
    traceparent: facts.traceparent,
    createdAt: facts.nowIso,
    endedAt: null,
  };
}

/** `name: before -> after` for each parameter that decides the result and differs. */
export function differences(before: Pick<JobSpec, "params">, after: Pick<JobSpec, "params">): string[] {
  const [old, now] = [identityOf(before), identityOf(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => `${name}: ${shown(old[name])} -> ${shown(now[name])}`);
}

const MOST_CHARACTERS = 80;

function shown(value: unknown): string {
  if (value === undefined) return "not given";
  const text = JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}...` : text;
}

function nothingLeft({ spec }: RequestJob): string {
  return `This job was completed, but its output ${spec.output} is gone, and so are its stored answers in ${spec.workFolder}: put one of them back, or --overwrite to make the job anew.`;
}

function refusal({ spec, placeFlag }: SubmittedJob, differing: string[]): string {
  return `${spec.besidePrefix === "" ? spec.outputFolder : spec.output} belongs to a job with other parameters (${differing.join(", ")}): choose another ${placeFlag}, or --overwrite to make it anew.`;
}
