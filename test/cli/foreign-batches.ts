import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { type Workplace, workplace } from "./assay.ts";

export const MODEL = "gpt-4o-mini-2024-07-18";
export const DATASET = join(packageRoot, "examples/instructions.jsonl");

const ROWS = readFileSync(DATASET, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { instruction: string; input: string | null });
export const PROMPTS = ROWS.map(({ instruction, input }) => alpacaPrompt(instruction, input ?? ""));

const bodyOf = (row: number) => ({
  model: MODEL,
  messages: [{ role: "user", content: PROMPTS[row]! }],
  max_tokens: 64,
});

/** What the model answers to a row. */
export const answerTo = (row: number) => answerFor(bodyOf(row), 0);

/** The request line of a row, as the tools of others write it: the custom_id is the row's number. */
export function lineOf(row: number): string {
  return JSON.stringify({
    custom_id: String(row),
    method: "POST",
    url: "/v1/chat/completions",
    body: bodyOf(row),
  });
}

/** A place to type commands, with a simulator whose batches are over in some 100 ms, and a client of another tool. */
export interface ForeignPlace extends AsyncDisposable {
  place: Workplace;
  simulator: Awaited<ReturnType<typeof startSimulator>>;
  openai: OpenAI;
  /** Uploads request lines and creates a batch of them. */
  submit(lines: string[], metadata?: Record<string, string>): Promise<OpenAI.Batch>;
  /** All rows of the dataset in batches of `size`, written down in batch_objects.json. */
  submitAll(size: number, rows?: number): Promise<OpenAI.Batch[]>;
  write(batches: unknown): void;
  lines<Line = Record<string, unknown>>(name: string): Line[];
  /** Batches as the provider shows them, oldest first. */
  batches(): Promise<OpenAI.Batch[]>;
}

export async function foreignPlace(options: PartialOptions = {}): Promise<ForeignPlace> {
  const simulator = await startSimulator({
    ...{
      batchSpeed: 600,
      batchDuration: "uniform:20s-60s",
      batchWindowSeconds: 90,
      batchCallId: "custom_id",
    },
    ...options,
  });
  const place = workplace({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: simulator.url });
  const openai = new OpenAI({ baseURL: simulator.url, apiKey: "sk-test", maxRetries: 5 });
  const submit = async (lines: string[], metadata?: Record<string, string>) => {
    const content = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const file = await openai.files.create({ file: await toFile(content, "in.jsonl"), purpose: "batch" });
    return await openai.batches.create({
      ...{ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" },
      ...(metadata && { metadata }),
    });
  };
  const write = (batches: unknown) => writeFileSync(place.at("batch_objects.json"), JSON.stringify(batches));
  return {
    ...{ place, simulator, openai, submit, write },
    submitAll: async (size, rows = ROWS.length) => {
      const made: OpenAI.Batch[] = [];
      for (let first = 0; first < rows; first += size) {
        const lines = Array.from({ length: Math.min(size, rows - first) }, (_, row) => lineOf(first + row));
        made.push(await submit(lines));
      }
      write(made);
      return made;
    },
    lines: (name) => {
      const lines = readFileSync(place.at(name), "utf8").split("\n");
      return lines.slice(0, -1).map((line) => JSON.parse(line));
    },
    batches: async () => {
      const all: OpenAI.Batch[] = [];
      for await (const batch of openai.batches.list({ limit: 100 })) all.push(batch);
      return all.reverse();
    },
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}
