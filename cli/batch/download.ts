import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { type Batch, errorsOf, isFinished } from "../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { BatchApiError } from "../../shared/batch-api/fault.ts";
import { errorsPath } from "../../shared/batch-files/error-lines.ts";
import { CutShort, saveResults } from "../../shared/batch-files/save-results.ts";
import { AtomicFile } from "../../shared/datasets/atomic-file.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { count } from "../amounts.ts";
import { print, printJson, tell } from "../terminal.ts";
import { readBatchId } from "./batch-id.ts";
import { stateLine } from "./batch-state.ts";
import { interruptible } from "./interruptible.ts";
import { withProvider } from "./provider.ts";

const ATTEMPTS = 3;

/** Fetches the results of a finished batch to `path`, and its errors beside it. @returns the exit code */
export async function downloadBatch(path: string, flags: { id?: string; json?: boolean }): Promise<number> {
  const id = readBatchId(flags.id);
  const { batch, fetched } = await withProvider(async (api) => {
    const batch = await api.retrieveBatch(id);
    requireResults(batch);
    return { batch, fetched: await interruptible((signal) => fetchBoth(api, batch, path, signal)) };
  });
  if (flags.json) printJson({ id, state: batch.status, ...fetched });
  else show(batch, fetched);
  return fetched.failed > 0 ? EXIT.doneWithFailures : EXIT.done;
}

interface Fetched {
  /** Null where the batch has no such file. */
  output: string | null;
  results: number;
  errors: string | null;
  failed: number;
}

/** @throws UserError that says the state of a batch without results */
function requireResults(batch: Batch): void {
  if (!isFinished(batch)) {
    const sentence = `${stateLine(batch)}, so that there are no results yet: see \`assay batch check --id ${batch.id}\`.`;
    throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
  }
  if (batch.output_file_id || batch.error_file_id) return;
  const why = errorsOf(batch).slice(0, 5).join("; ");
  throw new UserError(`${stateLine(batch)} and has no results${why && `: ${why}`}.`);
}

/** Both files appear, or none. */
async function fetchBoth(api: BatchApi, batch: Batch, path: string, signal: AbortSignal): Promise<Fetched> {
  const done = batch.request_counts?.completed ?? null;
  await using results = await fetchFile(api, batch.output_file_id, path, done, signal);
  await using errors = await fetchFile(api, batch.error_file_id, errorsPath(path), null, signal);
  await results?.file.commit();
  if (errors) await errors.file.commit();
  else await rm(errorsPath(path), { force: true });
  return {
    output: results ? path : null,
    results: results?.lines ?? 0,
    errors: errors ? errorsPath(path) : null,
    failed: errors?.lines ?? 0,
  };
}

interface FetchedFile extends AsyncDisposable {
  file: AtomicFile;
  lines: number;
}

/** A file cut short is fetched again from its beginning. @throws UserError if it is cut every time */
async function fetchFile(
  api: BatchApi,
  id: string | undefined | null,
  path: string,
  lines: number | null,
  signal: AbortSignal,
): Promise<FetchedFile | undefined> {
  if (!id) return undefined;
  for (let attempt = 1; ; attempt++) {
    const file = await AtomicFile.create(path);
    try {
      const whole = await fetchOnce(api, id, file, lines, signal);
      return { file, lines: whole, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
    } catch (error) {
      await file[Symbol.asyncDispose]();
      if (!isBroken(error) || signal.aborted) throw error;
      if (attempt === ATTEMPTS) throw cutShort(id, path, error);
    }
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof CutShort || (error instanceof BatchApiError && error.fault.kind === "retry");
}

async function fetchOnce(
  api: BatchApi,
  id: string,
  file: AtomicFile,
  lines: number | null,
  signal: AbortSignal,
): Promise<number> {
  const { bytes } = await api.retrieveFile(id, { signal });
  const content = await api.fileContent(id, { signal });
  return await saveResults(content, file, id, { bytes, lines });
}

function cutShort(id: string, path: string, cause: unknown): UserError {
  const why = cause instanceof CutShort ? cause.message : `${messageOf(cause)}`;
  const kept = existsSync(path) ? `${path} is left as it was` : `${path} was not written`;
  return new UserError(`The file ${id} came cut short ${ATTEMPTS} times (${why}): ${kept}, try again.`, {
    cause,
    exitCode: EXIT.couldNotRun,
  });
}

function show(batch: Batch, { output, results, errors, failed }: Fetched): void {
  if (batch.status !== "completed") tell(`${stateLine(batch)}: what was done by then is fetched.`);
  if (output) print(`${output}: ${count(results)} results`);
  else tell("No request was answered, so that there is no file of results.");
  if (errors) print(`${errors}: ${count(failed)} requests without an answer`);
}
