import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerFor } from "../services/openai-simulator/chat/answers.ts";
import type { Stats } from "../services/openai-simulator/stats.ts";
import { ENDED } from "../shared/contracts/job-entry.ts";
import type { JobView } from "../shared/contracts/jobs-api.ts";
import { packageRoot } from "../shared/installation/package-root.ts";
import { alpacaPrompt } from "../shared/prompts/alpaca.ts";
import { type Broker, openBroker } from "../shared/runtime/broker.ts";
import { assayCommand } from "./embedded-system.ts";
import { follow } from "./support/job.ts";
import { type PromiseLine, say, tellPromise } from "./support/promise.ts";

/*
 * What is promised, shown: during a job the broker, the dispatcher and the coordinator are killed in turn (SIGKILL), and
 * afterwards every row is compared with what the model answers. A killed dispatcher's calls may be paid twice: those
 * whose answers were not stored yet. To count them it is stopped for a moment before the kill, until the coordinator has
 * stored what had reached it.
 */

const ROWS = 4000;
const ANNOTATOR = "gpt-4o-mini-2024-07-18";
const KILLED = ["nats", "dispatcher", "coordinator", "nats", "dispatcher", "coordinator"];
/** The next is killed when the work is in full flow again. */
const ROWS_BETWEEN_KILLS = 400;
const LOOK_EVERY_MS = 100;
const STORED_WITHIN_MS = 600;
const ANSWER_MS = 5000;
/** So long nothing moves on no machine. */
const STUCK_MS = 120_000;
const FOLDER = join(packageRoot, "datasets/demo-chaos");
const DATASET = join(FOLDER, "data.jsonl");

interface Process {
  name: string;
  replica: string;
  pid: number | null;
  restarts: number;
  http: string | null;
}
interface Row {
  user_prompt: string;
  annotation: string;
}

const assay = assayCommand(".assay/demo-chaos", {
  ASSAY_SIMULATOR_LATENCY: "lognormal:250ms,0.5",
  ASSAY_SIMULATOR_REQUESTS_PER_MINUTE: "9000",
});
const instructions = Array.from(
  { length: ROWS },
  (_, row) => `Say in one sentence what is special about the number ${row}.`,
);

process.on("SIGINT", () => {
  assay.clear();
  process.exit(130);
});
say(
  `The OpenAI simulator answers ${ROWS} rows, while the broker, the dispatcher and the coordinator are killed in turn.`,
);
assay.clear();
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
writeFileSync(DATASET, instructions.map((instruction) => `${JSON.stringify({ instruction })}\n`).join(""));
assay.output(["up", "--detach", "--simulator"]);
try {
  process.exitCode = await show();
} finally {
  assay.clear();
}
process.exit();

async function show(): Promise<number> {
  const flags = ["--annotator", ANNOTATOR, "--save_dir", FOLDER, "--temp_dir", join(FOLDER, "temp")];
  const pace = ["--concurrency", "64"];
  const { job } = JSON.parse(
    assay.output(["reannotate", "--dataset", DATASET, ...flags, ...pace, "--detach", "--json"]),
  );
  const openCalls = await killInTurn(job);
  const code = await assay.show(["jobs", "watch", job]);
  if (code !== 0) return code;
  const { output } = JSON.parse(assay.output(["jobs", "show", job, "--json"])) as JobView;
  const rows = JSON.parse(readFileSync(output, "utf8")) as Row[];
  return report(rows, await simulated(), openCalls);
}

/** @returns how many calls were open in the dispatchers that were killed */
async function killInTurn(job: string): Promise<number> {
  const { nats } = status();
  const broker = await openBroker(nats.url, "demo-chaos", ANSWER_MS);
  let openCalls = 0;
  let doneBefore = 0;
  for (const name of KILLED) {
    const view = await follow(broker, job, {
      everyMs: LOOK_EVERY_MS,
      withinMs: STUCK_MS,
      until: (now) => settled(now) >= doneBefore + ROWS_BETWEEN_KILLS,
    });
    if (ENDED.has(view.state)) break;
    doneBefore = settled(view);
    const { pid, replica } = processes().find((one) => one.name === name)!;
    if (pid === null) continue;
    const open = name === "dispatcher" ? await freeze(broker, job, pid) : undefined;
    process.kill(pid, "SIGKILL");
    openCalls += open ?? 0;
    say(
      `kill -9 ${replica} (pid ${pid})${open === undefined ? "" : `, ${open} calls open`}, after ${doneBefore} rows`,
    );
  }
  await broker.close();
  return openCalls;
}

/** Stops a dispatcher and waits until all that it had handed over is stored. @returns its calls that are not */
async function freeze(broker: Broker, job: string, pid: number): Promise<number> {
  process.kill(pid, "SIGSTOP");
  let stored = -1;
  await follow(broker, job, {
    everyMs: STORED_WITHIN_MS,
    withinMs: STUCK_MS,
    until: (view) => {
      const rests = settled(view) === stored;
      stored = settled(view);
      return rests;
    },
  });
  const { inFlight, paidCalls, repeatedPaidCalls } = await simulated();
  return inFlight + paidCalls - repeatedPaidCalls - stored;
}

function settled(view: JobView): number {
  return view.done + view.failed;
}

function status(): { nats: Process & { url: string }; services: Process[] } {
  return JSON.parse(assay.output(["status", "--json"]));
}

function processes(): Process[] {
  const { nats, services } = status();
  return [nats, ...services];
}

async function simulated(): Promise<Stats> {
  const { http } = processes().find((one) => one.name === "openai-simulator")!;
  return (await (await fetch(`${http}/simulator/stats`)).json()) as Stats;
}

/** Prints the table. @returns 0 when the promise was kept, else 1 */
function report(rows: Row[], stats: Stats, openCalls: number): number {
  const prompts = instructions.map((instruction) => alpacaPrompt(instruction));
  const wrong = rows.filter(({ user_prompt, annotation }) => annotation !== answerTo(user_prompt)).length;
  const twice = rows.length - new Set(rows.map((row) => row.user_prompt)).size;
  const inOrder = rows.every((row, index) => row.user_prompt === prompts[index]);
  const restarts = processes().filter((one) => one.restarts > 0);
  const lines: PromiseLine[] = [
    ["rows written", `${rows.length} of ${ROWS}`, rows.length === ROWS],
    ["in the dataset's order", inOrder ? "yes" : "no", inOrder],
    ["rows twice", twice, twice === 0],
    ["answers that differ from the model's", wrong, wrong === 0],
    ["calls paid", stats.paidCalls, true],
    [
      "of them paid again",
      `${stats.repeatedPaidCalls} (${openCalls} were open when killed)`,
      stats.repeatedPaidCalls <= openCalls,
    ],
    ["restarts", restarts.map((one) => `${one.replica} ${one.restarts}`).join(", "), true],
  ];
  return tellPromise(lines, "Nothing was lost, nothing came twice.");
}

function answerTo(prompt: string): string {
  return answerFor({ model: ANNOTATOR, messages: [{ role: "user", content: prompt }], max_tokens: 2048 });
}
