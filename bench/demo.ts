import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { packageRoot } from "../shared/installation/package-root.ts";
import { readVariable } from "../shared/runtime/process/config.ts";
import { assayCommand } from "./embedded-system.ts";
import { say } from "./support/promise.ts";

/*
 * The main job from nothing to its result, as a user would type it: the example dataset is annotated anew by the user's
 * own model where a key is set, else by the simulator. Everything is made afresh each time, below .assay/ and datasets/.
 */

const SAVE_DIR = "datasets/demo";
/** Cheap: a few cents at most with the model below. */
const JOB = [
  ...["--dataset", "examples/instructions.jsonl", "--annotator", "gpt-4o-mini-2024-07-18"],
  ...["--save_dir", SAVE_DIR, "--temp_dir", ".assay/demo/temp", "--max_tokens", "256"],
];
const SHOWN_ROWS = 3;

const simulated = readVariable("OPENAI_API_KEY") === undefined;
// Slow enough to watch.
const assay = assayCommand(".assay/demo", {
  ASSAY_SIMULATOR_LATENCY: "lognormal:400ms,0.5",
  ASSAY_SIMULATOR_REQUESTS_PER_MINUTE: "2400",
});

say(firstLine());
assay.clear();
rmSync(join(packageRoot, SAVE_DIR), { recursive: true, force: true });
if (!simulated) say(assay.output(["estimate", ...JOB]));
const command = ["reannotate", ...JOB, ...(simulated ? ["--simulator"] : [])];
say(`\n$ assay ${command.join(" ")}`);
const code = await assay.show(command);
if (code === 0 || code === 1) showRows();
process.exit(code);

function firstLine(): string {
  if (simulated) {
    return "No OPENAI_API_KEY is set: the OpenAI simulator answers with made-up sentences, at no cost (the one shown is what the model would cost). Set a key to use your model.";
  }
  const where = readVariable("OPENAI_BASE_URL") ?? "OpenAI";
  return `OPENAI_API_KEY is set: gpt-4o-mini-2024-07-18 at ${where} answers, and you pay for it.`;
}

function showRows(): void {
  const file = join(packageRoot, SAVE_DIR, "instructions_gpt-4o-mini-2024-07-18/reannotated.json");
  const rows = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>[];
  say(`\nThe result is in ${relative(process.cwd(), file)}. Its first ${SHOWN_ROWS} rows:`);
  for (const row of rows.slice(0, SHOWN_ROWS)) {
    say("");
    for (const [name, value] of Object.entries(row)) say(`  ${name.padEnd(20)} ${shown(value)}`);
  }
}

/** What a row says, on one line; of an Alpaca prompt the part that differs between rows. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replace(/^.*### Instruction:/s, "...").replaceAll(/\s+/g, " ");
  return line.length > 110 ? `${line.slice(0, 107)}...` : line || "(empty)";
}
