import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import OpenAI from "openai";
import { validateRequestFile } from "../../shared/batch-files/validate-file.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { count } from "../amounts.ts";
import { pause } from "../pause.ts";
import { print, printJson, tell } from "../terminal.ts";
import { writeBatchId } from "./batch-id.ts";
import type { Batch } from "./batch-state.ts";
import { openProvider, type Provider } from "./provider.ts";
import { fileSize, tellFaults } from "./validate.ts";

const CREATE_ATTEMPTS = 5;
const LOOK_AGAIN_MS = 2000;
const LOOKS = 3;

/** Validates the file, uploads it and creates a batch of it. @returns the exit code */
export async function runBatch(file: string, flags: { json?: boolean }): Promise<number> {
  const report = await validateRequestFile(file);
  if (report.faultCount > 0) {
    tellFaults(file, report);
    return EXIT.badInput;
  }
  const provider = openProvider();
  tell(`Uploading ${file}: ${count(report.requests)} requests, ${fileSize(report.bytes)}.`);
  const upload = new File([await openAsBlob(file)], basename(file), { type: "application/jsonl" });
  const uploaded = await provider.call(`file ${file}`, (openai) =>
    openai.files.create({ file: upload, purpose: "batch" }),
  );
  const batch = await create(provider, {
    input_file_id: uploaded.id,
    endpoint: report.endpoint as OpenAI.Batches.BatchCreateParams["endpoint"],
    completion_window: "24h",
    metadata: { source: basename(file).slice(0, 500), assay_run: randomUUID() },
  });
  if (flags.json) printJson(batch);
  else print(batch.id);
  await writeBatchId(batch.id);
  tell(`Batch ${batch.id} is ${batch.status}: \`assay batch check\` shows how far it is.`);
  return EXIT.done;
}

/**
 * Creates the batch once: a call that may have been carried out is not repeated, since each batch is paid, but looked for
 * by its metadata.
 */
async function create(provider: Provider, body: OpenAI.Batches.BatchCreateParams): Promise<Batch> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await provider.openai.batches.create(body, { maxRetries: 0 });
    } catch (error) {
      if (mayHaveBeenCarriedOut(error)) return await lookedFor(provider, body, error);
      const again = error instanceof OpenAI.RateLimitError && error.code !== "insufficient_quota";
      if (!again || attempt === CREATE_ATTEMPTS) throw provider.sentence("uploaded file", error);
      await pause(retryAfterMs(error.headers));
    }
  }
}

/** Not so: answers that refuse it, and a connection that never came about. */
function mayHaveBeenCarriedOut(error: unknown): boolean {
  if (error instanceof OpenAI.APIConnectionError) return !/ECONNREFUSED|ENOTFOUND/.test(codesOf(error));
  return error instanceof OpenAI.APIError && (error.status === 408 || (error.status ?? 500) >= 500);
}

function codesOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${(error as NodeJS.ErrnoException).code ?? ""} ${codesOf(error.cause)}`;
}

async function lookedFor(
  provider: Provider,
  { metadata }: OpenAI.Batches.BatchCreateParams,
  cause: unknown,
): Promise<Batch> {
  for (let look = 0; look < LOOKS; look++) {
    await pause(LOOK_AGAIN_MS);
    const page = await provider.openai.batches.list({ limit: 100 }).catch(() => undefined);
    const found = page?.data.find((batch) => batch.metadata?.assay_run === metadata?.assay_run);
    if (found) return found;
  }
  const { message } = provider.sentence("uploaded file", cause);
  throw new UserError(
    `It is not known whether the batch was created: see \`assay batch list\` before you run it again. (${message})`,
    { cause, exitCode: EXIT.couldNotRun },
  );
}

function retryAfterMs(headers: Headers | undefined): number {
  const seconds = Number(headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 60) * 1000 : LOOK_AGAIN_MS;
}
