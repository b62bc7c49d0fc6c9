import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, join, resolve } from "node:path";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { validateRequestFile } from "../../shared/batch-files/validate-file.ts";
import { readBatchReport } from "../../shared/batch-watch/batch-report.ts";
import { loadOf } from "../../shared/batch-watch/enqueued-tokens.ts";
import { requestFiles } from "../../shared/batch-watch/request-folder.ts";
import type { FileToSubmit, OpenReport } from "../../shared/batch-watch/submit-file.ts";
import { submitFiles } from "../../shared/batch-watch/submit-files.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { count, counted } from "../amounts.ts";
import type { RunFlags } from "../commands/batch-run.ts";
import { tryLock } from "../supervisor/lock.ts";
import { print, printJson, tell } from "../terminal.ts";
import { interruptible } from "./interruptible.ts";
import { withProvider } from "./provider.ts";
import { tellFaults } from "./validate.ts";
import { secondsOf, wholeOf } from "./watch-flags.ts";

/** What `assay batch run DIR` calls its report unless told otherwise, as tools before it did. */
const REPORT_FILE = "batch_infer_openai_results.csv";
const MOST_TOKENS = 1e12;

/** Makes a batch of each request file of a folder that the report does not have yet. @returns the exit code */
export async function runFolder(folder: string, flags: RunFlags): Promise<number> {
  const { poll = "60", reconcileWait = "120", maxEnqueuedTokens } = flags;
  const pollMs = secondsOf("poll", poll, 0.1) * 1000;
  const reconcileWaitMs = secondsOf("reconcile_wait", reconcileWait, 0) * 1000;
  const maxTokens =
    maxEnqueuedTokens === undefined
      ? undefined
      : wholeOf("max_enqueued_tokens", maxEnqueuedTokens, MOST_TOKENS);
  const path = flags.batchReport ?? REPORT_FILE;
  using _ = lock(path);
  const report = { path, rows: existsSync(path) ? await readBatchReport(path) : [] };
  const checked = await checkAll(await requestFiles(folder), report, maxTokens);
  if (checked === undefined) return EXIT.badInput;
  const submit = (api: BatchApi, signal: AbortSignal) =>
    submitFiles({
      ...{ api, report, files: checked, maxTokens, pollMs, reconcileWaitMs },
      note: tell,
      signal,
    });
  const kept = () =>
    `${counted(report.rows.length, "batch is", "batches are")} in ${path}, and the same command goes on from there`;
  const faults = await withProvider((api) => interruptible((signal) => submit(api, signal), kept));
  show(report, faults, flags);
  return faults.length > 0 ? EXIT.doneWithFailures : EXIT.done;
}

/** All files in their order, those that are in the report too. Undefined where something is wrong with one, which is told. */
async function checkAll(
  paths: readonly string[],
  { path: report, rows }: OpenReport,
  maxTokens: number | undefined,
): Promise<FileToSubmit[] | undefined> {
  const submitted = new Map(rows.map((row) => [resolve(row.local_filepath), row]));
  const files: FileToSubmit[] = [];
  let faulty = 0;
  for (const path of paths) {
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

function show({ path, rows }: OpenReport, faults: readonly string[], flags: RunFlags): void {
  for (const fault of faults) tell(`Error: ${fault}.`);
  if (flags.json) printJson({ report: path, batches: rows, faults });
  else print(`${path}: ${counted(rows.length, "batch", "batches")}`);
  tell(`\`assay batch watch --batch_report ${path} --output_dir FOLDER\` sees them to their end.`);
}

/** The lock lies elsewhere: beside the report it would stay as a file that nobody asked for. */
function lock(report: string): Disposable {
  const name = createHash("sha256").update(resolve(report)).digest("hex").slice(0, 16);
  const held = tryLock(join(tmpdir(), `assay-report-${userInfo().uid}-${name}.lock`));
  if (held) return { [Symbol.dispose]: held.release };
  throw new UserError(
    `Another command is adding batches to ${report}: wait for it, or name another --batch_report.`,
    { exitCode: EXIT.couldNotRun },
  );
}
