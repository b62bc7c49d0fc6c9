import { join } from "node:path";
import { createRandom } from "../shared/random.ts";
import { benchArguments } from "./support/arguments.ts";
import { checkOutput, isRight, sentenceOf } from "./support/check-output.ts";
import type { Child } from "./support/child.ts";
import { expectedAnswer } from "./support/expected-answer.ts";
import { follow, submit } from "./support/job.ts";
import { readMetrics } from "./support/metrics.ts";
import { openReport } from "./support/report.ts";
import { CODEALPACA_ROWS, instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// What a job comes to when every other second a service or the broker is killed, and how many calls are paid again:
// those that were open in a dispatcher when it was killed, which nobody could have known the answers of.

/** A kill, and of a dispatcher: its open calls, and answers that it had and the broker had not yet. */
interface Kill {
  atSeconds: number;
  name: string;
  openCalls: number;
  unstored: number;
}

const args = benchArguments();
const count = args.rows ?? (args.quick ? 4000 : CODEALPACA_ROWS);
const kills = args.quick ? 5 : 20;
const KILL_EVERY_MS = 2000;
const LATENCY_MS = 200;
/** 320 calls a second at most: all rows take more than a minute. */
const CONCURRENCY = 64;
const ANSWER_TOKENS = "lognormal:60,0.5";
const MAX_TOKENS = 2048;

const folder = benchFolder(args.keep);
const title = `Chaos: ${count} rows, a kill -9 every ${KILL_EVERY_MS / 1000} s, ${kills} times`;
const report = await openReport("chaos", title, folder);
const dispatchers = args.replicas?.[0] ?? 2;
await using system = await startSystem(folder, {
  dispatchers,
  simulator: { latency: `${LATENCY_MS}ms`, tokenizer: "bytes", answerTokens: ANSWER_TOKENS },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));
const random = createRandom(Date.now(), 0x9e3779b9, 0x243f6a88);
const killed: Kill[] = [];
let over = false;

const startMs = performance.now();
const job = await submit(system.broker, {
  dataset,
  annotator: ANNOTATOR,
  save_dir: join(system.data, "out"),
  max_requests_per_minute: "unlimited",
  max_tokens_per_minute: "unlimited",
  max_tokens: MAX_TOKENS,
  concurrency: Math.ceil(CONCURRENCY / dispatchers),
  format: "jsonl",
});
await follow(system.broker, job, { withinMs: 60_000, until: ({ done }) => done > 0 });
const killing = killAgainAndAgain();
const ended = await follow(system.broker, job, { withinMs: 600_000, everyMs: 250 });
over = true;
await killing;
const seconds = (performance.now() - startMs) / 1000;
const stats = await system.simulator.stats();
const expected = expectedAnswer(system.annotator.model, {
  maxTokens: MAX_TOKENS,
  answerTokens: ANSWER_TOKENS,
  tokenizer: "bytes",
});
const findings = await checkOutput(ended.outputFolder, instructionRows(count), expected);
const openCalls = killed.reduce((sum, kill) => sum + kill.openCalls, 0);
const unstored = killed.reduce((sum, kill) => sum + kill.unstored, 0);
const mayRepeat = openCalls + unstored;
report.figure({
  what: "kills",
  value: killed.length,
  unit: "",
  atLeast: kills,
});
report.figure({
  what: "time from submitting to exported",
  value: seconds,
  unit: "s",
  atLeast: args.quick ? 0 : 60,
});
report.figure({ what: "calls open in dispatchers when they were killed", value: openCalls, unit: "" });
report.figure({ what: "answers on their way from them to the broker", value: unstored, unit: "" });
report.figure({ what: "calls paid again", value: stats.repeatedPaidCalls, unit: "", atMost: mayRepeat });
report.figure({ what: "rows with two results, as the job counts them", value: ended.repeated, unit: "" });
report.note(`Killed: ${killed.map(shown).join(", ")}.`);
const whole = isRight(findings) && findings.records === count && ended.state === "completed";
report.check("every row once, in order, equal to what the simulator answered", whole, sentenceOf(findings));
report.check(
  "calls paid again are at most those open or unstored in killed dispatchers",
  stats.repeatedPaidCalls <= mayRepeat,
);
const crashed = system.children().filter((child) => child.endedByItself() > 0);
report.check(
  "no process ended but by a kill",
  crashed.length === 0,
  crashed.map((child) => `${child.name} ${child.endedByItself()} times: ${child.lastWords()}`).join("; "),
);
report.close();

async function killAgainAndAgain(): Promise<void> {
  for (let time = 0; time < kills; time++) {
    await new Promise((resolve) => setTimeout(resolve, KILL_EVERY_MS));
    if (over) return;
    const all = system
      .children()
      .filter(({ name }) => args.victims.some((victim) => name.startsWith(victim)));
    await killOne(all[Math.floor(random() * all.length)]!);
  }
}

async function killOne(child: Child): Promise<void> {
  const kill: Kill = { atSeconds: 0, name: child.name, openCalls: 0, unstored: 0 };
  if (system.dispatchers.includes(child)) {
    const metrics = await readMetrics(child.http());
    kill.openCalls = metrics("assay_calls_in_flight");
    kill.unstored = Math.max(0, metrics("assay_calls_total", 'outcome="ok"') - metrics("assay_rows_total"));
  }
  kill.atSeconds = (performance.now() - startMs) / 1000;
  killed.push(kill);
  await child.kill();
}

function shown({ atSeconds, name, openCalls }: Kill): string {
  return `${name} at ${atSeconds.toFixed(1)} s${openCalls > 0 ? ` (${openCalls} calls open)` : ""}`;
}
