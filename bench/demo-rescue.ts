import { spawnSync } from "node:child_process";
import { createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import OpenAI from "openai";
import { packageRoot } from "../shared/installation/package-root.ts";
import { alpacaPrompt } from "../shared/prompts/alpaca.ts";
import { createInput } from "../tools/batch-files/create-input.ts";
import { assayCommand } from "./embedded-system.ts";
import { expectedAnswer } from "./support/expected-answer.ts";
import { hedgingTable, runHedged } from "./support/hedged-jobs.ts";
import { type PromiseLine, say, tellPromise } from "./support/promise.ts";
import { type InstructionRow, instructionRows, writeRows } from "./support/rows.ts";
import { startSimulator } from "./support/simulator.ts";

/*
 * Paid work is rescued: a tool of another kind makes batches and is gone. Some expire, some are cancelled by hand, one is
 * refused for a line in it, some requests fail. `assay batch watch` takes its batch_objects.json, keeps what was answered,
 * sends the rest again, and joins all with the dataset. Then every row is compared with what the model answers. Beside it
 * stands a job of Assay's own through batches, with and without sending again what slow batches lack.
 */

const ROWS = 2000;
const ROWS_A_BATCH = 50;
const ANNOTATOR = "gpt-4o-mini-2024-07-18";
const MAX_TOKENS = 200;
const ANSWER_TOKENS = "lognormal:60,0.5";
/** Seconds of the provider's clock in a real one: a batch's 20 minutes take 5 s. */
const SPEED = 240;
/** Slower, since the machine's own work counts as many times. */
const HEDGED = { speed: 60, rows: 4000, rowsABatch: 20, pollSeconds: 0.5 };
const FOLDER = join(packageRoot, "datasets/demo-rescue");
const HOME = ".assay/demo-rescue";
const DATASET = join(FOLDER, "data.jsonl");
const OBJECTS = join(FOLDER, "batch_objects.json");
const OUTPUT = join(FOLDER, `data_${ANNOTATOR}`);

const rows = [...instructionRows(ROWS)];
const home = join(packageRoot, HOME);
spawnSync(join(packageRoot, "cli/assay"), ["down"], {
  env: { ...process.env, ASSAY_HOME: home },
  stdio: "ignore",
});
for (const folder of [home, FOLDER]) rmSync(folder, { recursive: true, force: true });
mkdirSync(join(home, "logs"), { recursive: true });
mkdirSync(FOLDER, { recursive: true });
const simulator = await startSimulator(home, {
  batchSpeed: SPEED,
  batchWindowSeconds: 1200,
  batchExpiring: 0.2,
  batchFaults: { "500": 0.01, "400": 0.002 },
  batchCallId: "custom_id",
  answerTokens: ANSWER_TOKENS,
  tokenizer: "bytes",
});
const openai = new OpenAI({ baseURL: simulator.url, apiKey: "simulated", maxRetries: 0 });
const assay = assayCommand(HOME, { OPENAI_BASE_URL: simulator.url, OPENAI_API_KEY: "simulated" });
process.on("exit", () => simulator.killNow());
process.on("SIGINT", () => {
  assay.clear();
  process.exit(130);
});
try {
  process.exitCode = (await rescue()) || (await hedge());
} finally {
  assay.clear();
}
process.exit();

/** @returns 0 when the promise was kept */
async function rescue(): Promise<number> {
  writeFileSync(DATASET, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  say(
    `The OpenAI simulator has a clock that is ${SPEED} times as fast as a real one, lets 20 % of all batches expire after 20 minutes, and fails 1 % of all requests.`,
  );
  const roots = await makeBatches();
  const code = await watch();
  return code > 1 ? code : await report(roots);
}

/** The same job twice: with and without sending again what slow batches lack. @returns 0 when the promise was kept */
async function hedge(): Promise<number> {
  const { speed, rows: count, rowsABatch, pollSeconds } = HEDGED;
  await simulator.configure({
    batchSpeed: speed,
    batchWindowSeconds: 86_400,
    batchExpiring: 0,
    batchFaults: {},
  });
  const dataset = join(FOLDER, "hedged.jsonl");
  await writeRows(dataset, instructionRows(count, 2));
  say(
    `\n$ assay reannotate --batch --max_batch_size ${rowsABatch} --hedge off (and then batch) ...\nA job of ${count} rows in ${count / rowsABatch} batches, most of them quick and some slow, as was measured; the clock is ${speed} times as fast, also for what this machine does.\n`,
  );
  assay.output(["up", "--detach"]);
  const job = { dataset, annotator: ANNOTATOR, folder: FOLDER, rowsABatch, pollSeconds };
  const [off, on] = await runHedged(assay, simulator, job);
  const { lines, holds } = hedgingTable([off, on], count, speed);
  for (const line of lines) say(line);
  say(
    holds
      ? `\nWith hedging the job took ${(on.seconds / off.seconds).toFixed(2)} of the time.`
      : "\nThe promise was broken: see the lines with an exclamation mark.",
  );
  return holds ? 0 : 1;
}

/** What a tool of another kind does: it uploads, creates, writes down what it got, and is gone. @returns ids */
async function makeBatches(): Promise<string[]> {
  const request = { model: ANNOTATOR, max_tokens: MAX_TOKENS };
  const limits = { requests: ROWS_A_BATCH, bytes: 200_000_000 };
  const output = join(FOLDER, "requests/part.jsonl");
  const { files } = await createInput({ input: DATASET, output, request, limits, skipBadRows: false });
  writeFileSync(files[7]!.path, `${readFileSync(files[7]!.path, "utf8")}{"custom_id": \n`);
  const batches: OpenAI.Batch[] = [];
  for (const { path } of files) {
    const file = await openai.files.create({ file: createReadStream(path), purpose: "batch" });
    const batch = {
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      input_file_id: file.id,
    } as const;
    batches.push(await openai.batches.create(batch));
  }
  writeFileSync(OBJECTS, JSON.stringify(batches, null, 2));
  await cancelSome(batches.slice(-10));
  const where = relative(process.cwd(), OBJECTS);
  say(`A tool of another kind has made ${batches.length} batches of ${ROWS} rows, and left ${where}.`);
  say("One of its files has a broken line, and somebody has cancelled some batches in the dashboard.");
  return batches.map(({ id }) => id);
}

/** By hand, while they are under way: three of them, if so many are still open. */
async function cancelSome(batches: readonly OpenAI.Batch[]): Promise<void> {
  let cancelled = 0;
  for (const { id } of batches) {
    if (cancelled === 3) return;
    const done = await openai.batches.cancel(id).then(
      () => 1,
      () => 0,
    );
    cancelled += done;
  }
}

async function watch(): Promise<number> {
  const command = [
    ...["batch", "watch", "--batch_objects_file", OBJECTS, "--dataset", DATASET, "--annotator", ANNOTATOR],
    ...["--max_tokens", String(MAX_TOKENS), "--save_dir", FOLDER, "--temp_dir", join(FOLDER, "temp")],
    ...[
      "--output_file",
      join(FOLDER, "batch_results.jsonl"),
      "--error_file",
      join(FOLDER, "batch_errors.jsonl"),
    ],
    ...["--plot", join(FOLDER, "times.svg"), "--poll", "0.5"],
  ];
  const short = command.map((word) => (word.startsWith("/") ? relative(process.cwd(), word) : word));
  say(`\n$ assay ${short.join(" ")}`);
  return await assay.show(command);
}

/** Prints the table. @returns 0 when the promise was kept, else 1 */
async function report(roots: readonly string[]): Promise<number> {
  const { repeatedPaidCalls, paidCalls, injected } = await simulator.stats();
  const made = await Promise.all(roots.map((id) => openai.batches.retrieve(id)));
  const states = Map.groupBy(made, ({ status }) => status);
  const kept = made.reduce((sum, { request_counts }) => sum + (request_counts?.completed ?? 0), 0);
  const annotated = JSON.parse(readFileSync(join(OUTPUT, "reannotated.json"), "utf8")) as Annotated[];
  const failed = readFileSync(join(OUTPUT, "errors.jsonl"), "utf8").split("\n").length - 1;
  const refused = injected["400"] ?? 0;
  const wrong = wrongRows(annotated);
  const lines: PromiseLine[] = [
    ["batches of the other tool", [...states].map(([state, of]) => `${of.length} ${state}`).join(", "), true],
    ["rows that they had answered", kept, true],
    ["rows that were sent again and answered", paidCalls - kept, true],
    ["rows written", `${annotated.length} of ${ROWS}`, annotated.length + refused === ROWS],
    ["rows that the model refused for good", `${failed}, in errors.jsonl`, failed === refused],
    ["answers that differ from the model's", wrong, wrong === 0],
    ["rows paid twice", repeatedPaidCalls, repeatedPaidCalls === 0],
  ];
  const chart = relative(process.cwd(), join(FOLDER, "times.svg"));
  return tellPromise(
    lines,
    `Nothing that was paid is lost, nothing was paid twice. When the batches ended: ${chart}`,
  );
}

interface Annotated {
  user_prompt: string;
  annotation: string;
}

/** Rows that have another answer than the model gives them, or stand in another place than in the dataset. */
function wrongRows(annotated: readonly Annotated[]): number {
  const options = { maxTokens: MAX_TOKENS, answerTokens: ANSWER_TOKENS, tokenizer: "bytes" } as const;
  const answer = expectedAnswer(ANNOTATOR, options);
  const places = new Map(rows.map((row, place) => [promptOf(row), place]));
  let last = -1;
  return annotated.filter(({ user_prompt, annotation }) => {
    const place = places.get(user_prompt) ?? -1;
    const right = place > last && annotation === answer(user_prompt);
    last = place;
    return !right;
  }).length;
}

function promptOf({ instruction, input }: InstructionRow): string {
  return alpacaPrompt(instruction, input);
}
