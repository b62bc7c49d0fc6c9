import {
  changeJob,
  exportJob,
  type JobView,
  listJobs,
  listRefused,
  listRows,
  showJob,
} from "../../shared/contracts/jobs-api.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { type CliConfig, readCliConfig } from "../config.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { firstFailure } from "../jobs/first-failure.ts";
import { followJob } from "../jobs/follow-job.ts";
import { onInterrupt } from "../jobs/interrupt.ts";
import type { Session } from "../jobs/session.ts";
import type { System } from "../supervisor/system.ts";
import { count, counted, dollars } from "../view/amounts.ts";
import { jobDetails } from "../view/job-details.ts";
import { exitCodeOf, jobObject, showSummary } from "../view/job-report.ts";
import { openProgressView } from "../view/progress-view.ts";
import { shortestPath } from "../view/step-table.ts";
import { print, printJson, table, tell } from "../view/terminal.ts";

const EXPORT_PATIENCE = { answerMs: 3_600_000, totalMs: 15_000 };
/** Characters of a refused message. */
const BODY_SHOWN = 200;
const FORMATS = ["json", "jsonl", "csv", "parquet"] as const;

interface Flags {
  json?: boolean;
}

export function addJobs(program: AssayCommand): void {
  const jobs = program
    .command("jobs")
    .summary("list, show, watch and change jobs")
    .description("Jobs of the system that runs here. A job may be named by the first digits of its id.");
  const add = (name: string, about: string) =>
    jobs.command(name).description(about).option("--json", "as JSON");
  const addOne = (name: string, about: string) =>
    add(name, about).argument("<job>", "its id, or the id's first digits");

  jobs
    .command("list", { isDefault: true })
    .description("all jobs")
    .option("--json", "as JSON")
    .action((flags: Flags) => withAnswers(async (session) => list(await session.ask(listJobs, {}), flags)));
  addOne("show", "all about a job").action((job: string, flags: Flags) =>
    withAnswers(async (session) => show((await session.ask(showJob, { job })).job, flags)),
  );
  addOne("watch", "follow a job to its end").action((job: string, flags: Flags) =>
    withSession((session) => watch(session, job, flags)),
  );
  addOne(
    "rows",
    "a job's rows with their answers, or those that failed with their reason; a JSON object a line",
  )
    .option("--failed", "only those that failed")
    .option("--limit <rows>", "so many at most", "20")
    .option("--from <row>", "from this row on", "0")
    .action((job: string, flags: RowFlags) => withAnswers((session) => rows(session, job, flags)));
  addOne("export", "write what there is so far into the output folder")
    .option("--format <format>", "json, jsonl, csv or parquet (default: the job's own)")
    .action((job: string, flags: Flags & { format?: string }) =>
      withAnswers((session) => exportTo(session, job, flags)),
    );
  add("refused", "messages that could not be carried out, with the reason, the newest first")
    .option("--limit <messages>", "so many at most", "20")
    .action((flags: Flags & { limit: string }) => withAnswers((session) => refused(session, flags)));
  for (const [change, about] of CHANGES) {
    addOne(change, about).action((job: string, flags: Flags) =>
      withSession(async (session) => changed((await session.ask(changeJob, { job, change })).job, flags)),
    );
  }
}

const CHANGES = [
  ["pause", "make no further calls until it is resumed"],
  ["resume", "go on with a paused job"],
  ["cancel", "end a job; what it has is kept"],
  ["retry", "ask a job's failed rows again"],
] as const;

/** For questions, which what lies on the disk can answer where no system runs. */
async function withAnswers(use: (session: Session) => Promise<unknown>): Promise<void> {
  const { startAnsweringSystem } = await import("../system/answering-system.ts");
  await withSession(use, startAnsweringSystem);
}

async function withSession(
  use: (session: Session) => Promise<unknown>,
  start?: (config: CliConfig) => Promise<System>,
): Promise<void> {
  const { openSession } = await import("../jobs/session.ts");
  const config = readCliConfig();
  const session = await openSession(config, start && (() => start(config)));
  try {
    await use(session);
  } finally {
    await session.close();
  }
}

function list({ jobs }: { jobs: JobView[] }, flags: Flags): void {
  if (flags.json) {
    printJson(jobs);
    return;
  }
  if (jobs.length === 0) tell("There are no jobs. `assay reannotate` makes one.");
  const cells = nested(jobs).map(({ view, depth }) => [
    ...[
      "  ".repeat(depth) + view.job,
      view.waits ? `${view.state}, waits` : view.state,
      view.rows === null ? "-" : count(view.rows),
      count(view.done),
      count(view.failed),
    ],
    ...[dollars(view.cost), view.annotator, shortestPath(view.dataset)],
  ]);
  print(table(["job", "state", "rows", "done", "failed", "cost", "annotator", "dataset"], cells));
}

async function refused(session: Session, flags: Flags & { limit: string }): Promise<void> {
  const { refused: messages } = await session.ask(listRefused, {
    limit: wholeNumber("limit", flags.limit, 1, 1000),
  });
  if (flags.json) return printJson(messages);
  if (messages.length === 0) tell("No message was refused.");
  for (const { at, subject, reason, body } of messages) {
    const line = body.replaceAll(/\s+/g, " ").trim();
    print(
      `${at}  ${subject}\n  ${reason}\n  ${line.length > BODY_SHOWN ? `${line.slice(0, BODY_SHOWN)} ...` : line}`,
    );
  }
}

/** The jobs of a plan's steps behind their plan. */
function nested(
  jobs: JobView[],
  parent: string | null = null,
  depth = 0,
): { view: JobView; depth: number }[] {
  const known = new Set(jobs.map(({ job }) => job));
  return jobs
    .filter((view) => (known.has(view.parent ?? "") ? view.parent : null) === parent)
    .flatMap((view) => [{ view, depth }, ...nested(jobs, view.job, depth + 1)]);
}

function show(view: JobView, flags: Flags): void {
  if (flags.json) printJson(view);
  else print(jobDetails(view));
}

async function watch(session: Session, job: string, flags: Flags): Promise<void> {
  const interrupt = onInterrupt();
  const progress = openProgressView();
  const followed = followJob(session, job, progress, interrupt.signal);
  const view = await Promise.race([followed, interrupt.requested]);
  progress.end();
  if (interrupt.wanted() || !view) {
    followed.catch(() => {});
    tell(`Job ${job} goes on. To watch it: assay jobs watch ${job}`);
    process.exitCode = EXIT.interrupted;
    return;
  }
  const waysOn = { resume: `assay jobs resume ${view.job}`, retry: `assay jobs retry ${view.job}` };
  if (flags.json) printJson(jobObject(view));
  else showSummary(view, waysOn, await firstFailure(session, view));
  process.exitCode = exitCodeOf(view);
}

interface RowFlags extends Flags {
  failed?: boolean;
  limit: string;
  from: string;
}

async function rows(session: Session, job: string, flags: RowFlags): Promise<void> {
  const limit = wholeNumber("limit", flags.limit, 1, 1000);
  const from = wholeNumber("from", flags.from, 0, Number.MAX_SAFE_INTEGER);
  const answer = await session.ask(listRows, { job, failed: flags.failed ?? false, limit, from });
  if (flags.json) return printJson(answer.rows);
  for (const row of answer.rows) print(JSON.stringify(row));
  const whence = from === 0 ? "" : ` from row ${count(from)} on`;
  if (answer.rows.length === 0) tell(`No row${whence} ${flags.failed ? "has failed" : "is done"}.`);
}

async function exportTo(session: Session, job: string, flags: Flags & { format?: string }): Promise<void> {
  const format = FORMATS.find((one) => one === flags.format) ?? null;
  if (flags.format !== undefined && format === null) {
    throw new UserError(`--format is ${JSON.stringify(flags.format)}: give ${FORMATS.join(", ")}.`);
  }
  const answer = await session.ask(exportJob, { job, format }, EXPORT_PATIENCE);
  if (flags.json) printJson(answer);
  else {
    const failed = answer.failed > 0 ? `, without ${count(answer.failed)} that failed` : "";
    print(`${counted(answer.rows, "row", "rows")} so far${failed}: ${answer.output}`);
  }
}

function changed(view: JobView, flags: Flags): void {
  if (flags.json) printJson(view);
  else print(`Job ${view.job} is ${view.state}.`);
}

function wholeNumber(name: string, text: string, from: number, to: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= from && number <= to) return number;
  throw new UserError(
    `--${name} is ${JSON.stringify(text)}: give a whole number from ${from}${to < 1e6 ? ` to ${to}` : ""}.`,
  );
}
