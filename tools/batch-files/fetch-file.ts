import { existsSync } from "node:fs";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { BatchApiError } from "../../shared/batch-api/fault.ts";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { CutShort, saveResults } from "./save-results.ts";

const ATTEMPTS = 3;

export interface FileToFetch {
  id: string;
  path: string;
  /** `results` are checked line by line; `requests` may hold anything. */
  kind: "results" | "requests";
  /** Lines that it has at least, for where the provider does not say its size. */
  lines: number | null;
}

/** A file that has arrived whole; its reader commits it. */
export interface FetchedFile extends AsyncDisposable {
  commit(): Promise<void>;
  /** Of requests: 0. */
  lines: number;
}

/**
 * Fetches a file of the provider. One that comes cut short is fetched again from its beginning.
 * @throws BatchApiError, UserError if it is cut every time
 */
export async function fetchFile(
  api: Pick<BatchApi, "retrieveFile" | "fileContent">,
  wanted: FileToFetch,
  signal?: AbortSignal,
): Promise<FetchedFile> {
  for (let attempt = 1; ; attempt++) {
    const file = await AtomicFile.create(wanted.path);
    try {
      const lines = await fetchOnce(api, wanted, file, signal);
      return { lines, commit: () => file.commit(), [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
    } catch (error) {
      await file[Symbol.asyncDispose]();
      if (!isBroken(error) || signal?.aborted) throw error;
      if (attempt === ATTEMPTS) throw cutShort(wanted, error);
    }
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof CutShort || (error instanceof BatchApiError && error.fault.kind === "retry");
}

async function fetchOnce(
  api: Pick<BatchApi, "retrieveFile" | "fileContent">,
  { id, lines, kind }: FileToFetch,
  file: AtomicFile,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { bytes } = await api.retrieveFile(id, { signal });
  const content = await api.fileContent(id, { signal });
  if (kind === "results") return await saveResults(content, file, id, { bytes, lines });
  for await (const chunk of content) {
    file.append(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (file.full) await file.flush();
  }
  if (bytes !== null && file.bytes !== bytes) throw new CutShort(`${file.bytes} of ${bytes} bytes arrived`);
  return 0;
}

function cutShort({ id, path }: FileToFetch, cause: unknown): UserError {
  const kept = existsSync(path) ? `${path} is left as it was` : `${path} was not written`;
  const sentence = `The file ${id} came cut short ${ATTEMPTS} times (${messageOf(cause)}): ${kept}, try again.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}
