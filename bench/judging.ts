import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomOf } from "../shared/random.ts";
import { benchArguments } from "./support/arguments.ts";
import { follow, submit } from "./support/job.ts";
import { watchMemory } from "./support/memory.ts";
import { readMetrics } from "./support/metrics.ts";
import { openReport } from "./support/report.ts";
import { instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How fast responses are judged when neither the model nor a limit holds that up: UltraFeedback's four aspects, a call
// each, all responses of a prompt in it. A share of the replies cannot be read and is asked for again.

const args = benchArguments();
const prompts = args.rows ?? (args.quick ? 1000 : 10_000);
const RESPONSES = 4;
const ASPECTS = 4;
const UNREADABLE = 0.02;
const LIMIT_MIB = 256;
const MOST_ANSWER_WORDS = 80;

const folder = benchFolder(args.keep);
const report = await openReport(
  "judging",
  `Judging: ${prompts} prompts x ${RESPONSES} responses x ${ASPECTS} aspects, simulator at 20 ms`,
  folder,
);
await using system = await startSystem(folder, {
  judges: 1,
  simulator: { latency: "20ms", tokenizer: "bytes", faults: { nonsense: UNREADABLE } },
});
const input = join(system.data, "items.jsonl");
const output = join(system.data, "judged.jsonl");
await writeRows(input, items());

const [judge] = system.judges;
const watch = watchMemory([judge!, ...system.dispatchers, ...system.coordinators]);
const message = { method: "ultrafeedback", input, output, annotator: ANNOTATOR, concurrency: 512 };
const unlimited = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
const job = await submit(system.broker, { ...message, ...unlimited }, "preferences-judge");
const ended = await follow(system.broker, job, { withinMs: 1_800_000 });
watch.stop();
const metric = await readMetrics(judge!.http());
const replies = (outcome: string) => metric("assay_replies_total", `outcome="${outcome}"`);
const calls = prompts * ASPECTS + replies("asked_again");

report.figure({ what: "calls", value: calls / ended.seconds, unit: "calls/s" });
report.figure({
  what: "judgements (a prompt and aspect)",
  value: (prompts * ASPECTS) / ended.seconds,
  unit: "rows/s",
});
report.figure({ what: "prompts, with all aspects", value: prompts / ended.seconds, unit: "prompts/s" });
report.figure({
  what: "judge, peak resident",
  value: watch.peak(judge!.name),
  unit: "MiB",
  atMost: LIMIT_MIB,
});
for (const { name } of [...system.dispatchers, ...system.coordinators])
  report.figure({ what: `${name}, peak resident`, value: watch.peak(name), unit: "MiB", atMost: LIMIT_MIB });
report.figure({ what: "replies asked for again", value: replies("asked_again"), unit: "" });
report.figure({ what: "replies quarantined", value: replies("quarantined"), unit: "" });
report.check(
  "every call has an outcome, and the judge counted each",
  ended.done + ended.failed === prompts * ASPECTS && replies("verdict") === ended.done,
  `${ended.done} done, ${ended.failed} failed`,
);
report.check("judged rows are in the order of the prompts, each once", (await misplaced()) === 0);
report.close();

function* items(): Generator<object> {
  let row = 0;
  for (const { instruction } of instructionRows(prompts)) {
    const completions = Array.from({ length: RESPONSES }, (_, model) => ({
      model: `model-${model}`,
      completion: words(row, model),
    }));
    yield { id: `p${row++}`, prompt: instruction, completions };
  }
}

function words(row: number, model: number): string {
  const random = randomOf((row * RESPONSES + model + 1).toString(16).padStart(24, "0"), 1);
  const count = 10 + Math.floor(random() * MOST_ANSWER_WORDS);
  return Array.from({ length: count }, () => Math.floor(random() * 1e6).toString(36)).join(" ");
}

async function misplaced(): Promise<number> {
  let wrong = 0;
  let row = 0;
  for await (const line of createInterface({ input: createReadStream(output) }))
    if ((JSON.parse(line) as { id: string }).id !== `p${row++}`) wrong += 1;
  return wrong + Math.abs(prompts - row);
}
