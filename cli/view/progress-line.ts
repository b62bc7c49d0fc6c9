import type { JobView, StepView } from "../../shared/contracts/jobs-api.ts";
import { PIPELINE_KIND } from "../../shared/contracts/messages/pipeline-message.ts";
import { LOST } from "../../shared/contracts/shard.ts";
import { clock, count, dollars, perSecond, short } from "./amounts.ts";
import { waitText } from "./wait-text.ts";

/** How many rows were through at a moment. */
export interface Sample {
  atMs: number;
  rows: number;
}

const WINDOW_MS = 15_000;
const BEGUN_WITHIN_MS = 10_000;
/** Less says nothing about the rest. */
const LEAST_MS = 1000;

/** The samples from which the rate follows: the last 15 s. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const recent = samples.filter((one) => sample.atMs - one.atMs <= WINDOW_MS && one.rows <= sample.rows);
  return [...recent, sample];
}

/** Rows a second over the samples, undefined while there is nothing to go by. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return undefined;
  return ((last.rows - first.rows) / (last.atMs - first.atMs)) * 1000;
}

/**
 * A job's progress in one line: rows, failures, rate or batches, tokens, cost, time that is left.
 * @param nowMs Unix milliseconds
 */
export function progressLine(view: JobView, rate: number | undefined, nowMs = Date.now()): string {
  if (view.kind === PIPELINE_KIND && view.state === "running") return stagesLine(view, rate);
  if (view.state === "queued") return queuedLine(view, nowMs);
  if (view.rows === null && view.done === 0) return "reading the dataset";
  if (view.state === "exporting") return `writing ${count(view.done)} rows`;
  if (view.state === "paused") return pausedLine(view);
  const through = view.done + view.failed;
  const { batches } = view;
  if (batches?.settling) return endingLine(batches);
  const rowsText = `${count(through)}/${view.rows === null ? "?" : count(view.rows)} rows`;
  // Nothing that is said of rates and times left holds while it waits.
  if (view.waits?.[0] !== undefined) return `${rowsText}, ${waitText(view.waits[0], nowMs)}`;
  const left =
    batches === undefined ? timeLeft(view, through, rate) : timeUntil(batches.expectedEndMs, nowMs);
  const parts = [
    rowsText,
    view.failed > 0 ? `${count(view.failed)} failed` : "",
    ...(batches ? batchParts(batches) : []),
    batches || rate === undefined || rate === 0 ? "" : perSecond(rate),
    `${short(view.promptTokens)}+${short(view.completionTokens)} tokens`,
    view.cost === null ? "cost unknown" : dollars(view.cost),
    left,
  ];
  return parts.filter(Boolean).join(", ");
}

/** A job is begun within a second where the coordinator may run one more. */
function queuedLine({ createdAt, run }: JobView, nowMs: number): string {
  const sinceMs = nowMs - Date.parse(createdAt);
  if (run > 1 || !(sinceMs > BEGUN_WITHIN_MS)) return "queued";
  return `queued ${clock(sinceMs / 1000)}: as many jobs run as may run at once (ASSAY_MAX_RUNNING_JOBS)`;
}

/** A job that paused itself is not followed further, and its summary says why. */
function pausedLine({ reason }: JobView): string {
  if (reason === null) return "paused";
  return reason.code === "user" ? `paused: ${reason.message}` : "paused";
}

/** The stages that are under way, and how far they are together. */
function stagesLine({ steps, ...view }: JobView, rate: number | undefined): string {
  const active = (steps ?? []).filter(({ state }) => /^(queued|running|exporting)$/.test(state));
  if (active.length === 0) return "looking at the stages";
  const names = active.map(({ name }) => name).join(", ");
  const jobs = active.filter(({ job }) => job !== null);
  if (jobs.length === 0) return `${names} ...`;
  const sum = (part: (step: StepView) => number) => jobs.reduce((total, step) => total + part(step), 0);
  const rows = jobs.some((step) => step.rows === null) ? null : sum((step) => step.rows ?? 0);
  const counts = { rows, done: sum(({ done }) => done), failed: sum(({ failed }) => failed) };
  return `${names}: ${progressLine({ ...view, ...counts, kind: "stages", steps: null }, rate)}`;
}

function timeLeft({ rows }: JobView, through: number, rate: number | undefined): string {
  return rate !== undefined && rate > 0 && rows !== null ? `${clock((rows - through) / rate)} left` : "";
}

function timeUntil(endMs: number | null, nowMs: number): string {
  return endMs === null || endMs <= nowMs ? "" : `about ${clock((endMs - nowMs) / 1000)} left`;
}

type Batches = NonNullable<JobView["batches"]>;

function batchParts({ rowsAnswered, reasksWaiting, states, faults }: Batches): string[] {
  const batches = Object.entries(states).map(([state, number]) => `${count(number)} ${state}`);
  return [
    rowsAnswered > 0 ? `${count(rowsAnswered)} answered in open batches` : "",
    reasksWaiting > 0 ? `${count(reasksWaiting)} to be asked again` : "",
    batches.length > 0 ? `batches: ${batches.join(" + ")}` : "",
    faults[0] ?? "",
  ];
}

const ENDED = new Set(["completed", "failed", "expired", "cancelled", LOST]);

/** Batches of a job that is over. */
function endingLine({ states, faults }: Batches): string {
  const open = Object.entries(states).reduce(
    (sum, [state, number]) => sum + (ENDED.has(state) ? 0 : number),
    0,
  );
  if (open === 0) return "counting what its batches cost";
  const them = open === 1 ? "1 batch that nobody needs" : `${count(open)} batches that nobody needs`;
  const why = faults[0] === undefined ? "" : `: ${faults[0]}`;
  return `waiting for ${them} any more to end, so that their cost is known${why}`;
}
