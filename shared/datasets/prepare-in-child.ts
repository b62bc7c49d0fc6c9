import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { DatasetRequest } from "../contracts/dataset-request.ts";
import { UserError } from "../errors.ts";
import { moduleOf } from "../package-root.ts";
import type { PrepareOptions, PrepareProgress } from "./prepare-dataset.ts";
import { PreparedDataset } from "./prepared-dataset.ts";

/** What the child says, a line each. */
interface Said {
  progress?: PrepareProgress;
  prepared?: unknown;
  error?: string;
  exitCode?: 2 | 3;
}

/**
 * `prepareDataset` in a process of its own. Aborting `signal` ends that process; what it had written so far is no
 * dataset, and the next try starts afresh.
 * @throws UserError as prepareDataset does, or if the process dies; the signal's reason if it was aborted
 */
export async function prepareInChild(
  request: DatasetRequest,
  folder: string,
  options: PrepareOptions & { signal?: AbortSignal | undefined } = {},
): Promise<PreparedDataset> {
  options.signal?.throwIfAborted();
  const child = spawn(process.execPath, [moduleOf("shared/datasets/prepare-process.ts")], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const abort = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", abort, { once: true });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const complaint = lastWords(child.stderr);
  child.stdin.on("error", () => {}); // Its end tells more than that it does not read.
  child.stdin.end(JSON.stringify({ request, folder, hub: options.hub }));
  try {
    let last: Said = {};
    for await (const line of createInterface({ input: child.stdout })) {
      last = JSON.parse(line) as Said;
      if (last.progress) options.onProgress?.(last.progress);
    }
    const how = await ended;
    options.signal?.throwIfAborted();
    if (last.prepared) return PreparedDataset.parse(last.prepared);
    throw new UserError(
      last.error ?? `The dataset could not be read: its process ended by ${how}${complaint()}.`,
      {
        exitCode: last.exitCode ?? 3,
      },
    );
  } finally {
    options.signal?.removeEventListener("abort", abort);
    child.kill("SIGKILL");
  }
}

/** Keeps the end of what a process writes to stderr, for the case that it dies of something unforeseen. */
function lastWords(stream: NodeJS.ReadableStream): () => string {
  let words = "";
  stream.on("data", (chunk) => {
    words = (words + String(chunk)).slice(-500);
  });
  return () => (words.trim() === "" ? "" : ` (${words.trim().replace(/\s+/g, " ")})`);
}
