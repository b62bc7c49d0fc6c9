import { rm } from "node:fs/promises";
import { type Batch, errorsOf, isFinished } from "../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { errorsPath } from "../../tools/batch-files/error-lines.ts";
import { fetchFile } from "../../tools/batch-files/fetch-file.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { readBatchId } from "./batch-id.ts";
import { stateLine } from "./batch-state.ts";
import { interruptible } from "./interruptible.ts";
import { withProvider } from "./provider.ts";

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
  const fetch = async (id: string | undefined | null, to: string, lines: number | null) =>
    id ? await fetchFile(api, { id, path: to, kind: "results", lines }, signal) : undefined;
  const done = batch.request_counts?.completed ?? null;
  await using results = await fetch(batch.output_file_id, path, done);
  await using errors = await fetch(batch.error_file_id, errorsPath(path), null);
  await results?.commit();
  if (errors) await errors.commit();
  else await rm(errorsPath(path), { force: true });
  return {
    output: results ? path : null,
    results: results?.lines ?? 0,
    errors: errors ? errorsPath(path) : null,
    failed: errors?.lines ?? 0,
  };
}

function show(batch: Batch, { output, results, errors, failed }: Fetched): void {
  if (batch.status !== "completed") tell(`${stateLine(batch)}; what was done by then is fetched.`);
  if (output) print(`${output}: ${counted(results, "result", "results")}`);
  else tell("No request was answered, so that there is no file of results.");
  if (errors) print(`${errors}: ${counted(failed, "request", "requests")} without an answer`);
}
