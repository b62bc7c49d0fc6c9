import { join } from "node:path";
import type { JobView } from "../shared/contracts/jobs-api.ts";
import { createRandom } from "../shared/random.ts";
import { benchArguments } from "./support/arguments.ts";
import { checkOutput, isRight, sentenceOf } from "./support/check-output.ts";
import { expectedAnswer } from "./support/expected-answer.ts";
import { follow, submit } from "./support/job.ts";
import { openReport, type Report } from "./support/report.ts";
import { instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, type BenchSystem, benchFolder, startSystem } from "./support/system.ts";

// What a job through batches comes to when supervisor, coordinator or broker are killed again and again while batches
// expire and lines fail: every row once, and nothing paid twice but what hedging means to.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 4_000 : 20_000);
const kills = args.quick ? 4 : 10;
const victims = ["nats", "coordinator", "batch-supervisor"];
const KILL_EVERY_MS = 2_500;
const BATCH_ROWS = 100;
const EXPIRING = 0.2;
const FAILING = 0.005;
const ANSWER_TOKENS = "20";
const MAX_TOKENS = 2048;
/** The simulator's lists show a batch at once: what is looked for so long was not created. */
const RECONCILE_SECONDS = 2;
const WITHIN_MS = 900_000;

const folder = benchFolder(args.keep);
const title = `Batches and kills: ${count} rows in batches of ${BATCH_ROWS}, ${100 * EXPIRING} % expire, ${100 * FAILING} % of lines fail, a kill -9 every ${KILL_EVERY_MS / 1000} s, ${kills} times`;
const report = await openReport("batch-kill", title, folder);
await using system = await startSystem(folder, {
  dispatchers: 0,
  batchSupervisors: 1,
  simulator: {
    batchSpeed: 30,
    batchWindowSeconds: 300,
    batchExpiring: EXPIRING,
    batchFaults: { "500": FAILING },
    tokenizer: "bytes",
    answerTokens: ANSWER_TOKENS,
  },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));
const random = createRandom(Date.now(), 0x9e3779b9, 0x243f6a88);

await measure("off");
await measure("batch");
const crashed = system.children().filter((child) => child.endedByItself() > 0);
report.check(
  "no process ended but by a kill",
  crashed.length === 0,
  crashed.map((child) => `${child.name} ${child.endedByItself()} times: ${child.lastWords()}`).join("; "),
);
report.close();

async function measure(hedge: "off" | "batch"): Promise<void> {
  await system.simulator.reset();
  const startMs = performance.now();
  const job = await submit(system.broker, {
    dataset,
    annotator: ANNOTATOR,
    save_dir: join(system.data, hedge),
    format: "jsonl",
    max_tokens: MAX_TOKENS,
    max_attempts: 20,
    batch: true,
    max_batch_size: BATCH_ROWS,
    poll: 1,
    reconcile_wait: RECONCILE_SECONDS,
    hedge,
  });
  const killing = killAgainAndAgain(system, startMs);
  await follow(system.broker, job, { withinMs: WITHIN_MS, everyMs: 250 });
  const seconds = (performance.now() - startMs) / 1000;
  const killed = await killing.stop();
  const ended = await settled(job);
  report.note(`Hedging ${hedge}: ${killed.join(", ")}.`);
  await judge(report, hedge, ended, seconds, killed.length);
}

async function judge(
  into: Report,
  hedge: string,
  ended: JobView,
  seconds: number,
  killed: number,
): Promise<void> {
  const { states, hedges, late, duplicates } = ended.batches!;
  const { repeatedPaidCalls, batches } = await system.simulator.stats();
  const name = `hedging ${hedge}`;
  into.figure({ what: `${name}: kills during the job`, value: killed, unit: "", atLeast: kills });
  into.figure({ what: `${name}: time from submitting to exported`, value: seconds, unit: "s" });
  into.figure({ what: `${name}: batches created`, value: batches.created, unit: "" });
  into.figure({ what: `${name}: of them expired`, value: states.expired ?? 0, unit: "" });
  into.figure({ what: `${name}: lines that failed`, value: batches.failedLines, unit: "" });
  into.figure({ what: `${name}: hedges`, value: hedges, unit: "" });
  into.figure({
    what: `${name}: lines paid twice`,
    value: repeatedPaidCalls,
    unit: "",
    atMost: hedge === "off" ? 0 : count * 0.05,
  });
  into.figure({ what: `${name}: batches created twice`, value: duplicates, unit: "", atMost: 0 });
  const expected = expectedAnswer(system.annotator.model, {
    maxTokens: MAX_TOKENS,
    answerTokens: ANSWER_TOKENS,
    tokenizer: "bytes",
  });
  const findings = await checkOutput(ended.outputFolder, instructionRows(count), expected);
  const whole = isRight(findings) && findings.records === count && ended.state === "completed";
  into.check(
    `${name}: every row once, in order, equal to what the simulator answered`,
    whole,
    sentenceOf(findings),
  );
  const paid = batches.paidLines - repeatedPaidCalls;
  into.check(
    `${name}: every paid row is kept`,
    paid === count,
    `${paid} rows were paid, ${ended.done} are done`,
  );
  into.check(
    `${name}: what was paid twice is counted`,
    late === repeatedPaidCalls,
    `${late} of ${repeatedPaidCalls}`,
  );
}

function killAgainAndAgain({ children }: BenchSystem, startMs: number): { stop(): Promise<string[]> } {
  const killed: string[] = [];
  let over = false;
  const life = (async () => {
    while (killed.length < kills) {
      await new Promise((resolve) => setTimeout(resolve, KILL_EVERY_MS));
      if (over) return;
      const all = children().filter(({ name }) => victims.some((victim) => name.startsWith(victim)));
      const victim = all[Math.floor(random() * all.length)]!;
      killed.push(`${victim.name} at ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
      await victim.kill();
    }
  })();
  return {
    stop: async () => {
      over = true;
      await life;
      return killed;
    },
  };
}

async function settled(job: string): Promise<JobView> {
  for (;;) {
    const view = await follow(system.broker, job, { withinMs: WITHIN_MS });
    if (!view.batches?.settling) return view;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
