import { spawn } from "node:child_process";
import { creationDate } from "../../../shared/completions/creation-date.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { moduleBeside } from "../../../shared/installation/module-beside.ts";
import { endpointInConfig } from "./endpoints.ts";
import { ExportAnswer, type Exported, type ExportRequest } from "./export-request.ts";

const EXPORTING = moduleBeside(import.meta.url, "./export-process.ts");

/** Exporting joins all rows with all answers: memory of a process of its own, not of the coordinator's. */
const CHILD_HEAP_MB = 400;

/**
 * Writes a job's outputs in a child process.
 * @throws UserError with the child's sentence (disk full, folder not writable)
 */
export async function exportInChild(
  entry: RequestJob,
  progress: JobProgress,
  options: { partial: boolean; signal?: AbortSignal; format?: ExportRequest["format"] },
): Promise<Exported> {
  const { spec } = entry;
  const request: ExportRequest = {
    job: entry.id,
    kind: entry.kind,
    run: progress.run,
    workFolder: spec.workFolder,
    outputFolder: spec.outputFolder,
    output: spec.output,
    besidePrefix: spec.besidePrefix,
    format: options.format ?? spec.format,
    parts: progress.parts,
    partial: options.partial,
    config: {
      uuid: entry.uuid,
      creation_date: creationDate(entry.createdAt),
      params: spec.params,
      ...endpointInConfig(entry),
    },
    task: spec.task,
  };
  const answer = ExportAnswer.safeParse(JSON.parse(await runChild(JSON.stringify(request), options.signal)));
  if (!answer.success)
    throw new Error(`the exporting process answered something else: ${answer.error.message}`);
  if ("error" in answer.data) throw new UserError(answer.data.error, { exitCode: EXIT.couldNotRun });
  return answer.data;
}

function runChild(input: string, signal: AbortSignal | undefined): Promise<string> {
  const child = spawn(process.execPath, [`--max-old-space-size=${CHILD_HEAP_MB}`, EXPORTING], {
    stdio: ["pipe", "pipe", "inherit"],
    ...(signal === undefined ? {} : { signal }),
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (output.trim() !== "") resolve(output);
      else reject(new Error(`the exporting process ended with code ${code} and no answer`));
    });
  });
}
