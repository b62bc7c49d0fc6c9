import { join } from "node:path";
import type { JobView } from "../shared/contracts/jobs-api.ts";
import { benchArguments } from "./support/arguments.ts";
import { checkOutput, isRight, sentenceOf } from "./support/check-output.ts";
import { expectedAnswer } from "./support/expected-answer.ts";
import { follow, submit } from "./support/job.ts";
import { ProgressLog } from "./support/progress-log.ts";
import { openReport } from "./support/report.ts";
import { type InstructionRow, instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// What a bad provider costs: a job with 5 % errors 500, 2 % resets, 1 % hangs and 1 % garbage beside the same job
// without; what becomes of rows that fail every time; and whether the job is as fast as before when the faults end.

const FAULTS = { "500": 0.05, reset: 0.02, hang: 0.01, garbage: 0.01 };
/** The faults end when so much of the job is done. */
const FAULTY_SHARE = 0.5;
/** The last rows wait for their next attempts, with and without faults: no throughput is measured there. */
const TAIL_FROM = 0.97;
const TIMEOUT_SECONDS = 5;
/** After the end of the faults, until calls that hang have timed out and their rows had their next attempt. */
const SETTLING_MS = (TIMEOUT_SECONDS + 1) * 1000;
const ANSWER_TOKENS = "lognormal:60,0.5";
const MAX_TOKENS = 2048;
/** Rows whose every call ends in one fault, and the reason under which they must be found. */
const POISON = [
  { marker: "always-500", fault: "500", reason: "http_500" },
  { marker: "always-garbage", fault: "not_json", reason: "garbage" },
  { marker: "always-400", fault: "400", reason: "invalid_prompt" },
] as const;
const POISONED_EACH = 5;

const args = benchArguments();
const count = args.rows ?? (args.quick ? 6000 : 40_000);
const concurrency = args.quick ? 32 : 128;
const folder = benchFolder(args.keep);
const report = await openReport("faults", `Faults: ${count} rows, 9 % of all calls go wrong`, folder);
await using system = await startSystem(folder, {
  simulator: {
    latency: "100ms",
    tokenizer: "bytes",
    answerTokens: ANSWER_TOKENS,
    poison: POISON.map(({ marker, fault }) => ({ marker, fault })),
  },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, rows());

const without = await annotateAll("without faults", () => {});
await system.simulator.configure({ faults: FAULTS });
let calmMs = 0;
const withThem = await annotateAll("with faults", async ({ rows, done, failed }) => {
  if (calmMs > 0 || rows === null || done + failed < FAULTY_SHARE * rows) return;
  calmMs = performance.now();
  await system.simulator.configure({ faults: {} });
});

const clean = without.rateBetween(0, TAIL_FROM);
const faulty = withThem.rateBetween(0, FAULTY_SHARE);
const after = withThem.rateBetween(FAULTY_SHARE, TAIL_FROM, calmMs + SETTLING_MS);
const ofClean = (rate: number) => (100 * rate) / clean;
report.figure({ what: "without faults", value: clean, unit: "rows/s" });
report.figure({ what: "while 9 % of calls go wrong", value: faulty, unit: "rows/s" });
report.figure({ what: "... of the throughput without", value: ofClean(faulty), unit: "%" });
report.figure({ what: "after the faults ended", value: after, unit: "rows/s" });
report.figure({ what: "... of the throughput without", value: ofClean(after), unit: "%", atLeast: 90 });
report.close();

async function annotateAll(
  name: string,
  onView: (view: JobView) => void | Promise<void>,
): Promise<ProgressLog> {
  const log = new ProgressLog();
  const job = await submit(system.broker, {
    dataset,
    annotator: ANNOTATOR,
    save_dir: join(system.data, name.replace(" ", "-")),
    max_requests_per_minute: "unlimited",
    max_tokens_per_minute: "unlimited",
    max_tokens: MAX_TOKENS,
    timeout: TIMEOUT_SECONDS,
    concurrency,
    format: "jsonl",
  });
  const ended = await follow(system.broker, job, {
    withinMs: 300_000,
    everyMs: 50,
    until: (view) => {
      log.add(view);
      void onView(view);
      return false;
    },
  });
  const options = { maxTokens: MAX_TOKENS, answerTokens: ANSWER_TOKENS, tokenizer: "bytes" } as const;
  const findings = await checkOutput(
    ended.outputFolder,
    rows(),
    expectedAnswer(system.annotator.model, options),
  );
  const completed = ended.state === "completed_with_errors";
  const whole = completed && isRight(findings) && findings.records === ended.done;
  report.check(`${name}: completed, every row once, in order, with its answer`, whole, sentenceOf(findings));
  for (const { reason } of POISON) {
    const held = (findings.failed.get(reason) ?? 0) >= POISONED_EACH;
    report.check(`${name}: rows that always fail are in errors.jsonl as ${reason}`, held);
  }
  return log;
}

/** Rows like CodeAlpaca's, a few of them poisoned, spread over the dataset. */
function* rows(): Generator<InstructionRow> {
  const poisoned = POISON.length * POISONED_EACH;
  let number = 0;
  for (const row of instructionRows(count)) {
    const place = number % Math.floor(count / poisoned);
    const poison = place === 1 ? POISON[Math.floor((number * poisoned) / count) % POISON.length] : undefined;
    yield poison === undefined ? row : { ...row, instruction: `${row.instruction} ${poison.marker}` };
    number += 1;
  }
}
