import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import type { Batch } from "../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { createOnce } from "../../shared/batch-api/create-once.ts";
import { isUncertain } from "../../shared/batch-api/fault.ts";
import { fileBytes } from "../../shared/datasets/reading/file-bytes.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { type FileReport, validateRequestFile } from "../../tools/batch-files/validate-file.ts";
import { counted, duration } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { writeBatchId } from "./batch-id.ts";
import { withProvider } from "./provider.ts";
import { fileSize, tellFaults } from "./validate.ts";

/** Validates the file, uploads it and creates a batch of it. @returns the exit code */
export async function runBatch(file: string, flags: { json?: boolean }): Promise<number> {
  const report = await validateRequestFile(file);
  if (report.faultCount > 0) {
    tellFaults(file, report);
    return EXIT.badInput;
  }
  const batch = await withProvider((api) => submit(api, file, report));
  if (flags.json) printJson(batch);
  else print(batch.id);
  await writeBatchId(batch.id);
  tell(`Batch ${batch.id} is ${batch.status}: \`assay batch check\` shows how far it is.`);
  return EXIT.done;
}

/** Who runs one file waits so long for others to end; a folder's run waits on. */
const ROOM_MS = 600_000;
/** Shorter waits pass without a word. */
const LONG_WAIT_MS = 4_000;

function tellWait(waitMs: number, sentence: string): void {
  if (waitMs >= LONG_WAIT_MS) tell(`${sentence} It is tried again in ${duration(waitMs / 1000)}.`);
}

async function submit(
  api: BatchApi,
  file: string,
  { requests, bytes, endpoint }: FileReport,
): Promise<Batch> {
  tell(`Uploading ${file}: ${counted(requests, "request", "requests")}, ${fileSize(bytes)}.`);
  const name = basename(file);
  const uploaded = await api.uploadFile({
    name: name.endsWith(".jsonl") ? name : `${name}.jsonl`,
    bytes,
    content: () => fileBytes(file, "none"),
  });
  const metadata = { source: name.slice(0, 500), assay_run: randomUUID() };
  try {
    const batch = { input_file_id: uploaded.id, endpoint: endpoint!, metadata };
    return await createOnce(api, batch, {
      notBefore: uploaded.created_at,
      roomMs: ROOM_MS,
      onWait: tellWait,
    });
  } catch (error) {
    if (!isUncertain(error)) throw error;
    throw new UserError(
      `It is not known whether the batch was created: see \`assay batch list\` before you run it again. (${messageOf(error)})`,
      { cause: error, exitCode: EXIT.couldNotRun },
    );
  }
}
