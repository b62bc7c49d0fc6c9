import { type Batch, errorsOf, isFinished } from "../../../shared/batch-api/batch.ts";
import { BatchApiError, passes } from "../../../shared/batch-api/fault.ts";
import {
  enqueuedLimitOf,
  isHeldOut,
  needsPerson,
  wasNoAttempt,
} from "../../../shared/batch-policy/failed-batch.ts";
import { EXIT, messageOf, UserError } from "../../../shared/errors.ts";
import { pause } from "../../../shared/timing/pause.ts";
import { lookAtBatches } from "../watching/look-at-batches.ts";
import { waitNote } from "../watching/watch-notes.ts";
import { loadOf } from "./enqueued-tokens.ts";
import { type FileToSubmit, resumePending, type Submitting, submitFile } from "./submit-file.ts";
import { TokenGate } from "./token-gate.ts";

export interface SubmitFiles extends Submitting {
  /** All files of the report and those that it lacks, in the order in which they are to go. */
  files: readonly FileToSubmit[];
  /** Prompt tokens that batches of the report may hold together; undefined: what the provider takes in. */
  maxTokens?: number | undefined;
  pollMs: number;
  note(sentence: string): void;
}

const LONGEST_WAIT_MS = 600_000;
/** Of rounds in a row in which a file that was uploaded is not seen. */
const MOST_UNSEEN = 5;

/**
 * Makes a batch of every file that the report lacks, in order, and waits until the provider has taken in all of them: those
 * that it refuses for the limit of enqueued tokens go again, oldest first, when others have ended.
 * @returns a sentence for each file that it refused for good @throws BatchApiError
 */
export async function submitFiles(options: SubmitFiles): Promise<string[]> {
  const { pollMs, signal, note } = options;
  const submission = new Submission(options);
  for (let failures = 0; ; ) {
    signal?.throwIfAborted();
    try {
      await submission.round();
      if (submission.isDone) return submission.faults;
      failures = 0;
      submission.sayWhatWaits();
      await pause(pollMs * (0.9 + Math.random() * 0.2), signal);
    } catch (error) {
      if (!passes(error) || (isUnseen(error) && failures >= MOST_UNSEEN)) throw error;
      const restMs = Math.min(pollMs * 2 ** failures++, Math.max(pollMs, LONGEST_WAIT_MS));
      note(`${messageOf(error)} It goes on in ${(restMs / 1000).toFixed(restMs < 10_000 ? 1 : 0)} s.`);
      await pause(restMs, signal);
    }
  }
}

function notTaken(path: string, batch: Batch): UserError {
  const said = errorsOf(batch).slice(0, 3).join("; ").replace(/\.$/, "");
  const wayOut = needsPerson(batch) === "quota" ? "add credit to the account" : "give a key that may";
  const sentence = `${path}: batch ${batch.id} was not taken in (${said}): ${wayOut}, and start the same command again.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

const isUnseen = (error: unknown) => error instanceof BatchApiError && error.fault.kind === "not_ready";

class Submission {
  readonly #options: SubmitFiles;
  readonly #gate: TokenGate;
  /** What was seen last of the report's batches, by file. */
  readonly #seen = new Map<string, Batch>();
  /** Batches of this start. */
  readonly #created = new Set<string>();
  readonly #refusedForGood = new Set<string>();
  readonly faults: string[] = [];
  #said = "";

  constructor(options: SubmitFiles) {
    this.#options = options;
    this.#gate = new TokenGate(options.pollMs, Math.max(options.pollMs, LONGEST_WAIT_MS));
  }

  get isDone(): boolean {
    return this.#options.files.every(({ path }) => {
      const batch = this.#seen.get(path);
      const waits = batch === undefined || batch.status === "validating" || wasNoAttempt(batch);
      return !waits || this.#refusedForGood.has(path);
    });
  }

  /** Once, as long as it is the same. */
  sayWhatWaits(): void {
    const { files, pollMs, note } = this.#options;
    const seen = files.map(({ path }) => this.#seen.get(path));
    const validating = seen.filter((batch) => batch?.status === "validating").length;
    const waiting = seen.filter((batch) => batch === undefined || wasNoAttempt(batch)).length;
    const what = `${validating} validating at the provider, ${waiting} waiting for room`;
    if (what === this.#said) return;
    this.#said = what;
    note(`Not taken in yet: ${what}. They are looked at every ${pollMs / 1000} s.`);
  }

  async round(): Promise<void> {
    await resumePending(this.#options);
    await this.#look();
    for (const file of this.#options.files) {
      this.#options.signal?.throwIfAborted();
      const before = this.#seen.get(file.path);
      const refused = before && wasNoAttempt(before) ? before : undefined;
      if ((before && !refused) || this.#refusedForGood.has(file.path)) continue;
      if (!this.#mayCreate(file)) return;
      const batch = await submitFile(this.#options, file, refused);
      this.#seen.set(file.path, batch);
      this.#created.add(batch.id);
      this.#options.note(`${file.path}: batch ${batch.id}${refused ? `, in place of ${refused.id}` : ""}`);
    }
  }

  #mayCreate({ tokens }: FileToSubmit): boolean {
    const validating = [...this.#seen.values()].filter(({ status }) => status === "validating").length;
    if (!this.#gate.mayCreate(Date.now(), validating)) return false;
    return this.#held() + (tokens ?? 0) <= (this.#options.maxTokens ?? Number.POSITIVE_INFINITY);
  }

  /** Prompt tokens of batches that have not ended. */
  #held(): number {
    return this.#options.files.reduce((sum, { path, tokens }) => {
      const batch = this.#seen.get(path);
      return batch && !isFinished(batch) ? sum + (tokens ?? 0) : sum;
    }, 0);
  }

  async #look(): Promise<void> {
    const { api, report, signal } = this.#options;
    const files = new Map(report.rows.map(({ id, local_filepath }) => [id, local_filepath]));
    const open = report.rows.filter(({ local_filepath }) => {
      const batch = this.#seen.get(local_filepath);
      return batch === undefined || !isFinished(batch);
    });
    const { seen, unknown } = await lookAtBatches(
      api,
      open.map(({ id }) => id),
      signal,
    );
    for (const id of unknown)
      this.#giveUp(files.get(id)!, `batch ${id} is unknown to the provider with this key`);
    for (const batch of seen) {
      const path = files.get(batch.id);
      if (path !== undefined) await this.#take(path, batch);
    }
  }

  async #take(path: string, batch: Batch): Promise<void> {
    const before = this.#seen.get(path);
    this.#seen.set(path, batch);
    if (before?.id === batch.id && isFinished(before)) return;
    // One of an earlier start is replaced: somebody has started the command again.
    if (needsPerson(batch) !== undefined && this.#created.has(batch.id)) throw notTaken(path, batch);
    if (isHeldOut(batch)) return await this.#refuse(path, batch);
    if (needsPerson(batch) !== undefined) return;
    if (isFinished(batch)) this.#gate.roomMade();
    else if (before?.status === "validating" && batch.status === "in_progress") this.#gate.accepted();
    if (batch.status === "failed")
      this.#giveUp(path, `batch ${batch.id} failed: ${errorsOf(batch).slice(0, 3).join("; ")}`);
  }

  async #refuse(path: string, batch: Batch): Promise<void> {
    const limit = enqueuedLimitOf(batch);
    const { tokens } = limit === undefined ? { tokens: 0 } : await loadOf(path).catch(() => ({ tokens: 0 }));
    if (limit !== undefined && tokens > limit) {
      const why = `it has about ${tokens} prompt tokens, and the key's batches may hold ${limit}: \`assay batch watch\` sends it in pieces`;
      return this.#giveUp(path, why);
    }
    if (!this.#gate.isClosed) this.#options.note(waitNote(batch));
    this.#gate.refused(Date.now());
  }

  #giveUp(path: string, why: string): void {
    if (this.#refusedForGood.has(path)) return;
    this.#refusedForGood.add(path);
    this.faults.push(`${path}: ${why}`);
  }
}
