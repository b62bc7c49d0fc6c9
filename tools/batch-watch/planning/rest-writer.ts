import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";
import { MOST_BYTES, MOST_REQUESTS } from "../../batch-files/batch-rules.ts";
import { SplitOutput, type WrittenFile } from "../../batch-files/split-output.ts";

/**
 * What is left of a batch: requests to be sent again, in as many files as the limits ask for, and a line for each request
 * that the provider's files say nothing of, so that none is forgotten whatever becomes of it.
 */
export class RestWriter implements AsyncDisposable {
  readonly #restPath: string;
  readonly #unansweredPath: string;
  readonly #limits: { requests: number; bytes: number };
  #rest: SplitOutput | undefined;
  #unanswered: AtomicFile | undefined;

  constructor(restPath: string, unansweredPath: string, mostRequests = MOST_REQUESTS) {
    this.#restPath = restPath;
    this.#unansweredPath = unansweredPath;
    this.#limits = { requests: mostRequests, bytes: MOST_BYTES };
  }

  /** @param request a line without its line feed */
  async resend(request: Buffer): Promise<void> {
    this.#rest ??= await SplitOutput.create(this.#restPath, this.#limits);
    await this.#rest.write(`${request.toString()}\n`);
  }

  /** In the form of a line of the provider's error files. */
  async unanswered(customId: string, code: string, message: string): Promise<void> {
    this.#unanswered ??= await AtomicFile.create(this.#unansweredPath);
    const line = { id: null, custom_id: customId, response: null, error: { code, message } };
    this.#unanswered.append(`${JSON.stringify(line)}\n`);
    if (this.#unanswered.full) await this.#unanswered.flush();
  }

  async commit(): Promise<{ files: WrittenFile[]; unanswered: boolean }> {
    const files = (await this.#rest?.commit()) ?? [];
    await this.#unanswered?.commit();
    return { files, unanswered: this.#unanswered !== undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rest?.[Symbol.asyncDispose]();
    await this.#unanswered?.[Symbol.asyncDispose]();
  }
}
