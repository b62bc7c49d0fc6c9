import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { EXIT } from "../../shared/errors.ts";
import { validateRequestFile } from "../../tools/batch-files/validate-file.ts";
import { loadOf } from "../../tools/batch-watch/sending/enqueued-tokens.ts";
import { requestFiles } from "../../tools/batch-watch/sending/request-folder.ts";
import type { FileToSubmit, OpenReport } from "../../tools/batch-watch/sending/submit-file.ts";
import { submitFiles } from "../../tools/batch-watch/sending/submit-files.ts";
import { readBatchReport } from "../../tools/batch-watch/showing/batch-report.ts";
import { count, counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import type { FolderRunFlags } from "./folder-run-flags.ts";
import { interruptible } from "./interruptible.ts";
import { withProvider } from "./provider.ts";
import { tellFaults } from "./validate.ts";
import { lockReport } from "./watching/report-lock.ts";
import { secondsOf, wholeOf } from "./watching/watch-flags.ts";

/** What `assay batch run DIR` calls its report unless told otherwise, as tools before it did. */
const REPORT_FILE = "batch_infer_openai_results.csv";
const MOST_TOKENS = 1e12;

/** Makes a batch of each request file of a folder that the report does not have yet. @returns the exit code */
export async function runFolder(folder: string, flags: FolderRunFlags): Promise<number> {
  const { poll = "60", reconcileWait = "120", maxEnqueuedTokens } = flags;
  const pollMs = secondsOf("poll", poll, 0.1) * 1000;
  const reconcileWaitMs = secondsOf("reconcile_wait", reconcileWait, 0) * 1000;
  const maxTokens =
    maxEnqueuedTokens === undefined
      ? undefined
      : wholeOf("max_enqueued_tokens", maxEnqueuedTokens, MOST_TOKENS);
  const path = flags.batchReport ?? REPORT_FILE;
  using _ = lockReport(path);
  const report: OpenReport = { path, rows: existsSync(path) ? await readBatchReport(path) : [] };
  const kept = () =>
    `${counted(report.rows.length, "batch is", "batches are")} in ${path}, and the same command goes on from there`;
  return await interruptible(async (signal) => {
    const files = await checkAll(await requestFiles(folder), report, maxTokens, signal);
    if (files === undefined) return EXIT.badInput;
    const submission = { report, files, maxTokens, pollMs, reconcileWaitMs, note: tell, signal };
    const faults = await withProvider((api) => submitFiles({ api, ...submission }));
    show(report, faults, flags);
    return faults.length > 0 ? EXIT.doneWithFailures : EXIT.done;
  }, kept);
}

/** All files in their order, those that are in the report too. Undefined where something is wrong with one, which is told. */
async function checkAll(
  paths: readonly string[],
  { path: report, rows }: OpenReport,
  maxTokens: number | undefined,
  signal: AbortSignal,
): Promise<FileToSubmit[] | undefined> {
  const submitted = new Map(rows.map((row) => [resolve(row.local_filepath), row]));
  const files: FileToSubmit[] = [];
  let faulty = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const row = submitted.get(resolve(path));
    const tokens = maxTokens === undefined ? null : (await loadOf(path)).tokens;
    const file = { path: row?.local_filepath ?? path, shard: basename(path).replace(/\.jsonl$/, ""), tokens };
    const endpoint = row ? "" : await checkedEndpoint(path, tokens, maxTokens);
    if (endpoint === undefined) faulty += 1;
    else files.push({ ...file, endpoint });
  }
  if (submitted.size > 0)
    tell(
      `${count(files.filter(({ endpoint }) => endpoint === "").length)} of ${count(paths.length)} files are in ${report} already.`,
    );
  if (faulty === 0) return files;
  tell(`Nothing was uploaded: mend ${faulty === 1 ? "that file" : `those ${count(faulty)} files`} first.`);
  return undefined;
}

async function checkedEndpoint(
  path: string,
  tokens: number | null,
  maxTokens: number | undefined,
): Promise<string | undefined> {
  const checked = await validateRequestFile(path);
  if (checked.faultCount > 0) tellFaults(path, checked);
  else if (tokens !== null && tokens > (maxTokens ?? 0)) {
    tell(
      `Error: ${path} has about ${count(tokens)} prompt tokens, over the --max_enqueued_tokens of ${count(maxTokens!)}: split it.`,
    );
  } else return checked.endpoint!;
  return undefined;
}

function show({ path, rows }: OpenReport, faults: readonly string[], flags: FolderRunFlags): void {
  for (const fault of faults) tell(`Error: ${fault}.`);
  if (flags.json) printJson({ report: path, batches: rows, faults });
  else print(`${path}: ${counted(rows.length, "batch", "batches")}`);
  tell(`\`assay batch watch --batch_report ${path} --output_dir FOLDER\` sees them to their end.`);
}
