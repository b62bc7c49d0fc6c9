import OpenAI, { toFile } from "openai";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { chatBody } from "./chat-bodies.ts";

/** Batches that are over in a few milliseconds: their durations, but not what becomes of them, are short. */
export const QUICK: PartialOptions = {
  tokenizer: "bytes",
  batchSpeed: 100_000,
  batchDuration: "60s",
};

/** A simulator with a client that does not retry. */
export async function startWithClient(options: PartialOptions = {}) {
  const simulator = await startSimulator({ ...QUICK, ...options });
  const openai = new OpenAI({ baseURL: simulator.url, apiKey: "sk-test", maxRetries: 0 });
  return {
    simulator,
    openai,
    /** Uploads an input file and gives its id. */
    upload: async (text: string) => (await uploadText(openai, text)).id,
    /** Uploads an input file and makes a batch of it. */
    submit: async (text: string, more: Partial<OpenAI.BatchCreateParams> = {}) =>
      createBatch(openai, (await uploadText(openai, text)).id, more),
    [Symbol.asyncDispose]: simulator.close,
  };
}

export async function uploadText(openai: OpenAI, text: string, filename = "input.jsonl") {
  return openai.files.create({ file: await toFile(Buffer.from(text), filename), purpose: "batch" });
}

export function createBatch(
  openai: OpenAI,
  inputFileId: string,
  more: Partial<OpenAI.BatchCreateParams> = {},
) {
  const usual = { endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
  return openai.batches.create({ input_file_id: inputFileId, ...usual, ...more });
}

/** A request line; `more` adds or replaces members. */
export function requestLine(customId: string, content = `question ${customId}`, more: object = {}): string {
  const body = chatBody(content);
  return JSON.stringify({ custom_id: customId, method: "POST", url: "/v1/chat/completions", body, ...more });
}

/** An input file of `count` lines with the custom_ids row-0, row-1... */
export function inputOf(count: number): string {
  return Array.from({ length: count }, (_, row) => `${requestLine(`row-${row}`)}\n`).join("");
}

/** The batch once it has one of the statuses; any last one unless said otherwise. */
export async function batchOnce(
  openai: OpenAI,
  id: string,
  statuses: OpenAI.Batch["status"][] = ["completed", "failed", "expired", "cancelled"],
): Promise<OpenAI.Batch> {
  for (;;) {
    const batch = await openai.batches.retrieve(id);
    if (statuses.includes(batch.status)) return batch;
    if (["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
      throw new Error(`${batch.status}: ${JSON.stringify(batch.errors)}`);
    }
  }
}

export type ResultLine = {
  id: string;
  custom_id: string;
  response: { status_code: number; request_id: string; body: OpenAI.ChatCompletion } | null;
  error: { code: string; message: string } | null;
};

/** The lines of a result file; none where there is no file. */
export async function resultsOf(openai: OpenAI, fileId: string | null | undefined): Promise<ResultLine[]> {
  if (!fileId) return [];
  const text = await (await openai.files.content(fileId)).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ResultLine);
}
