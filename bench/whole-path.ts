import { join } from "node:path";
import { benchArguments } from "./support/arguments.ts";
import { bodiesOf, postAll } from "./support/bare-client.ts";
import { checkOutput, isRight, sentenceOf } from "./support/check-output.ts";
import { watchCpu } from "./support/cpu.ts";
import { expectedAnswer } from "./support/expected-answer.ts";
import { follow, submit } from "./support/job.ts";
import { type Figure, openReport } from "./support/report.ts";
import { CODEALPACA_ROWS, instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How fast rows go through everything, when neither the model nor a limit holds them up, and how that compares with a
// program that does nothing but the same calls.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 2000 : CODEALPACA_ROWS);
const CONCURRENCY = 512;
const WARM_UP = 2000;
const ANSWER_TOKENS = "lognormal:60,0.5";
const MAX_TOKENS = 2048;

const folder = benchFolder(args.keep);
const report = await openReport("whole-path", `Whole path: ${count} rows, simulator at 20 ms`, folder);
await using system = await startSystem(folder, {
  simulator: { latency: "20ms", tokenizer: "bytes", answerTokens: ANSWER_TOKENS },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));
const { annotator } = system;
const bodies = bodiesOf(annotator, instructionRows(count));

await postAll(annotator.baseUrl, bodies.slice(0, WARM_UP), CONCURRENCY);
const before = await postAll(annotator.baseUrl, bodies, CONCURRENCY);
const first = await annotateAll("first");
const second = await annotateAll("second");
const after = await postAll(annotator.baseUrl, bodies, CONCURRENCY);
const bare = (before + after) / 2;

report.figure({ what: "undici Pool alone, before", value: before, unit: "requests/s" });
report.figure({ what: "undici Pool alone, after", value: after, unit: "requests/s" });
for (const [name, job] of [
  ["first job of fresh services", first],
  ["second job", second],
] as const) {
  report.figure({
    what: `${name}, first feed to last commit`,
    value: job.rate,
    unit: "rows/s",
    atLeast: 4000,
  });
  report.figure({ what: `${name}, of the Pool alone`, value: job.rate / bare, unit: "", atLeast: 0.5 });
  report.figure({ what: `${name}, from submitting to exported`, value: job.wholeRate, unit: "rows/s" });
  for (const figure of job.cpu) report.figure(figure);
}
report.close();

interface Annotated {
  rate: number;
  wholeRate: number;
  cpu: Figure[];
}

async function annotateAll(name: string): Promise<Annotated> {
  const cpu = watchCpu([...system.children(), system.simulator]);
  const startMs = performance.now();
  const job = await submit(system.broker, {
    dataset,
    annotator: ANNOTATOR,
    save_dir: join(system.data, name),
    max_requests_per_minute: "unlimited",
    max_tokens_per_minute: "unlimited",
    max_tokens: MAX_TOKENS,
    concurrency: CONCURRENCY,
    format: "jsonl",
  });
  const ended = await follow(system.broker, job, { withinMs: 120_000, everyMs: 25 });
  const seconds = (performance.now() - startMs) / 1000;
  const used = cpu(`${name} job`, count);
  const options = { maxTokens: MAX_TOKENS, answerTokens: ANSWER_TOKENS, tokenizer: "bytes" } as const;
  const expected = expectedAnswer(annotator.model, options);
  const findings = await checkOutput(ended.outputFolder, instructionRows(count), expected);
  const whole = isRight(findings) && findings.records === count;
  report.check(`${name} job: every row once, in order, with its answer`, whole, sentenceOf(findings));
  return { rate: count / ended.seconds, wholeRate: count / seconds, cpu: used };
}
