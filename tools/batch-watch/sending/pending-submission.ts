import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";

/** A batch that is about to be created, or whose creation nobody has noted. */
export const PendingSubmission = z.strictObject({
  local_filepath: z.string(),
  shard: z.string(),
  endpoint: z.string(),
  fileId: z.string(),
  /** Unix seconds of the provider's clock, where it says so. */
  uploadedAt: z.number().nullable(),
  /** Tells this batch from all others, in its metadata. */
  mark: z.string(),
  /** When it was about to be created, in Unix milliseconds. */
  intendedMs: z.number().nullable(),
});
export type PendingSubmission = z.infer<typeof PendingSubmission>;

/** The one submission that is under way beside a report: it stands there from before the call until the report has it. */
export class PendingFile {
  readonly #path: string;

  constructor(report: string) {
    this.#path = `${report}.pending.json`;
  }

  /** @throws UserError if it is damaged */
  async read(): Promise<PendingSubmission | undefined> {
    const text = await readFile(this.#path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return PendingSubmission.parse(JSON.parse(text));
    } catch (cause) {
      const sentence = `${this.#path} is damaged: see in \`assay batch list\` whether the newest batch is in the report, add it if not, and remove this file.`;
      throw new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
    }
  }

  /** Durable when it resolves. */
  async write(pending: PendingSubmission): Promise<void> {
    await using file = await AtomicFile.create(this.#path);
    file.append(`${JSON.stringify(pending)}\n`);
    await file.commit();
  }

  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
