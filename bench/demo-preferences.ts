import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { JOB_STAGES } from "../services/coordinator/kinds/job-kinds.ts";
import { parsePipelineMessage } from "../shared/contracts/messages/pipeline-message.ts";
import { packageRoot } from "../shared/installation/package-root.ts";
import { parsePipeline, type Stage } from "../tools/pipeline/parse-pipeline.ts";
import { assayCommand } from "./embedded-system.ts";
import { readMetrics } from "./support/metrics.ts";
import { type PromiseLine, say, tellPromise } from "./support/promise.ts";
import { compareVerdicts } from "./support/verdicts.ts";

/*
 * From prompts to preferences: both example pipelines, whole, on the simulator. Of all replies to a judge a fifth pass over
 * what was asked. Afterwards an untouched judge sees the same responses, and every verdict is compared with its own: a
 * reply that could not be read must never have become a score, nor have moved another's.
 */

const EXAMPLES = ["docs/examples/ultrafeedback.yaml", "docs/examples/sparse-feedback.yaml"];
const UNREADABLE = 0.2;
const FOLDER = join(packageRoot, "datasets/demo-preferences");
const UNLIMITED = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };

/** An example with an output folder of its own, so that nothing of the user's is replaced. */
interface Example {
  file: string;
  description: Record<string, unknown>;
  stages: Stage[];
}

const assay = assayCommand(".assay/demo-preferences", {
  ASSAY_SIMULATOR_LATENCY: "lognormal:200ms,0.5",
  ASSAY_SIMULATOR_REQUESTS_PER_MINUTE: "0",
  ASSAY_SIMULATOR_TOKENS_PER_MINUTE: "0",
});
process.on("SIGINT", () => {
  assay.clear();
  process.exit(130);
});
assay.clear();
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const examples = EXAMPLES.map(exampleOf);
try {
  process.exitCode = await show();
} finally {
  assay.clear();
}
process.exit();

async function show(): Promise<number> {
  say("Simulated throughout: responses and verdicts are made up, and say nothing about any model.");
  assay.output(["up", "--detach", "--simulator"]);
  say("The stages that answer the prompts are run first, so that both judges below see the same responses.");
  for (const example of examples) {
    const code = await run(
      withStages(example, "responses", (stage) => stage.kind.kind === "responses-generate"),
    );
    if (code !== 0) return code;
  }
  await unreadable(UNREADABLE);
  say(`\nFrom here on ${100 * UNREADABLE} % of all replies pass over what was asked.`);
  for (const { file } of examples) {
    const code = await run(file);
    if (code > 1) return code;
  }
  const replies = await readMetrics(httpOf("judge"));
  await unreadable(0);
  say("\nAn untouched judge is shown the same responses.");
  for (const example of examples) {
    const code = await run(withStages(example, "untouched", isJudge));
    if (code !== 0) return code;
  }
  for (const example of examples) await showBias(example);
  return await report((outcome) => replies("assay_replies_total", `outcome="${outcome}"`));
}

function exampleOf(path: string): Example {
  const name = basename(path, ".yaml");
  const given = parse(readFileSync(join(packageRoot, path), "utf8")) as { defaults?: object };
  const output_dir = relative(packageRoot, join(FOLDER, name));
  const defaults = { ...given.defaults, ...UNLIMITED };
  const description = { ...given, name, output_dir, temp_dir: join(FOLDER, "temp"), defaults };
  const { stages } = parsePipeline(parsePipelineMessage(description), packageRoot, JOB_STAGES);
  return { file: written(name, description), description, stages };
}

function written(name: string, description: object): string {
  const file = join(FOLDER, `${name}.yaml`);
  writeFileSync(file, stringify(description));
  return relative(packageRoot, file);
}

/** Some stages of an example, as a pipeline of their own: what they write stands where the example's would, or apart. */
function withStages(example: Example, suffix: "responses" | "untouched", isTaken: (stage: Stage) => boolean) {
  const { name, output_dir } = example.description as { name: string; output_dir: string };
  const stages = example.stages.filter(isTaken).map((stage) => {
    const apart = suffix === "untouched" ? { output: untouched(stage) } : {};
    return [stage.name, { uses: isJudge(stage) ? "judge" : "generate", ...stage.message, ...apart }];
  });
  const output = { output_dir: suffix === "untouched" ? `${output_dir}-untouched` : output_dir };
  return written(`${name}-${suffix}`, {
    ...example.description,
    ...output,
    stages: Object.fromEntries(stages),
  });
}

function isJudge(stage: Stage): boolean {
  return stage.kind.kind === "preferences-judge";
}

function untouched({ outputs }: Stage): string {
  return join(FOLDER, "untouched", basename(outputs.output!));
}

async function run(file: string): Promise<number> {
  say(`\n$ assay pipeline run ${file}`);
  return await assay.show(["pipeline", "run", file]);
}

/** From now on this share of all replies passes over what was asked. */
async function unreadable(nonsense: number): Promise<void> {
  const body = JSON.stringify({ faults: { nonsense } });
  const response = await fetch(`${httpOf("openai-simulator")}/simulator/configure`, { method: "POST", body });
  if (!response.ok) throw new Error(`the simulator refuses its options: ${await response.text()}`);
}

function httpOf(service: string): string {
  const { services } = JSON.parse(assay.output(["status", "--json"])) as {
    services: { name: string; http: string | null }[];
  };
  return services.find(({ name }) => name === service)!.http!;
}

/** What the examples' report stages found. */
async function showBias({ stages }: Example): Promise<void> {
  for (const { kind, message, outputs } of stages) {
    if (kind.kind !== "report") continue;
    const sources = ["input", "ratings_csv", "rankings_csv"].filter((field) => message[field] !== undefined);
    const command = ["report", ...sources.flatMap((field) => [`--${field}`, String(message[field])])];
    say(`\nThe judge's biases, as ${relative(packageRoot, outputs.output!)} shows them:`);
    await assay.show([...command, "--output", outputs.output!]);
  }
}

/** Prints the table. @returns 0 when the promise was kept, else 1 */
async function report(replies: (outcome: string) => number): Promise<number> {
  const judged = examples.flatMap(({ stages }) => stages.filter(isJudge));
  const compared = await Promise.all(
    judged.map((stage) => compareVerdicts(stage.outputs.output!, untouched(stage))),
  );
  const sum = (of: "same" | "differing" | "unknown" | "missing") =>
    compared.reduce((total, one) => total + one[of], 0);
  const [askedAgain, quarantined] = [replies("asked_again"), replies("quarantined")];
  const listed = judged.reduce((total, stage) => total + linesOf(stage.outputs.errors!), 0);
  const lines: PromiseLine[] = [
    ["calls to a judge that gave a verdict", replies("verdict"), true],
    ["replies that could not be read, asked again", askedAgain, askedAgain > 0],
    ["calls quarantined with their reply", `${listed}, in *.errors.jsonl`, listed === quarantined],
    ["verdicts equal to the untouched judge's", sum("same"), true],
    ["verdicts without one, for calls quarantined", sum("missing"), sum("missing") >= quarantined],
    ["verdicts shifted", sum("differing"), sum("differing") === 0],
    ["verdicts made up", sum("unknown"), sum("unknown") === 0],
  ];
  return tellPromise(
    lines,
    "No reply that could not be read became a score, and none moved another's. (Simulated.)",
  );
}

function linesOf(path: string): number {
  return readFileSync(path, "utf8").split("\n").length - 1;
}
