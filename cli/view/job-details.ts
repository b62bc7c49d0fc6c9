import type { BatchesView, JobView } from "../../shared/contracts/jobs-api.ts";
import { clock, count, counted, dollars, duration, short } from "./amounts.ts";
import { stepTable } from "./step-table.ts";
import { waitText } from "./wait-text.ts";

type Line = [name: string, value: string | null | undefined];

const NAME_WIDTH = 15;

/** All about a job, a line each; what there is none of is left out. @param nowMs Unix milliseconds */
export function jobDetails(view: JobView, nowMs = Date.now()): string {
  const lines: Line[] = [
    ["job", `${view.job} (${view.kind}, run ${view.run})`],
    ["step of", view.parent],
    ["state", view.state],
    ...(view.waits ?? []).map((wait): Line => ["waits", waitText(wait, nowMs).replace(/^waiting /, "")]),
    ["reason", view.reason && `${view.reason.code}: ${view.reason.message}`],
    ["dataset", view.dataset],
    ["annotator", view.annotator],
    [
      "rows",
      `${count(view.done)} done, ${count(view.failed)} failed, of ${view.rows === null ? "?" : count(view.rows)}`,
    ],
    ["cut answers", view.truncated > 0 ? count(view.truncated) : null],
    ["repeated calls", view.repeated > 0 ? count(view.repeated) : null],
    ["tokens", `${short(view.promptTokens)} prompt, ${short(view.completionTokens)} completion`],
    ["cost", dollars(view.cost)],
    ...(view.batches ? batchLines(view.batches, nowMs) : []),
    ["time", duration(view.seconds)],
    ["owner", view.owner],
    ["created", view.createdAt],
    ["ended", view.endedAt],
    ["output", view.output],
  ];
  const shown = lines.flatMap(([name, value]) => (value ? [`${name.padEnd(NAME_WIDTH)} ${value}`] : []));
  return [...shown, ...(view.steps === null ? [] : ["", stepTable(view.steps)])].join("\n");
}

function batchLines(batches: BatchesView, nowMs: number): Line[] {
  const { states, shards, rowsAnswered, reasksWaiting, hedges, late, duplicates, unknown, expectedEndMs } =
    batches;
  const some = (value: number, one: string, more: string) => (value > 0 ? counted(value, one, more) : null);
  const made = Object.entries(states).map(([state, number]) => `${count(number)} ${state}`);
  return [
    ["batches", `${made.join(", ") || "none yet"}, of ${counted(shards, "shard", "shards")}`],
    ["in open batches", some(rowsAnswered, "row is answered", "rows are answered")],
    ["to ask again", some(reasksWaiting, "row waits for a batch", "rows wait for a batch")],
    ["hedges", some(hedges, "slow batch was sent a second time", "slow batches were sent a second time")],
    ["created twice", some(duplicates, "batch", "batches")],
    ["paid twice", some(late, "answer", "answers")],
    ["strange lines", some(unknown, "result belongs to no row", "results belong to no row")],
    ["batches end", expectedEndMs !== null && expectedEndMs > nowMs ? endOf(expectedEndMs, nowMs) : null],
    ["looked at", batches.lookEveryMs === undefined ? null : `every ${duration(batches.lookEveryMs / 1000)}`],
    ["still to come", batches.settling ? "batches that nobody needs any more: the cost may rise" : null],
    ...batches.faults.map((fault): Line => ["held up", fault]),
    ["batch objects", batches.objectsFile],
  ];
}

const endOf = (endMs: number, nowMs: number) => `in about ${clock((endMs - nowMs) / 1000)}`;
