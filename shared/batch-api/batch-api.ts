import { z } from "zod";
import { Batch } from "./batch.ts";
import { openCalls } from "./calls.ts";
import { type About, classifyGarbage } from "./classify.ts";
import { type FileForm, fileForm } from "./multipart.ts";
import { openPatience } from "./patience.ts";

export interface BatchApiOptions extends BatchClientOptions {
  /** Up to and without `/files`. */
  baseUrl: string;
  /** Undefined: the endpoint needs none. */
  key: string | undefined;
  /** How the key is shown; a bearer token if not given. */
  keyHeaders?: Record<string, string>;
  /** Sent with each call. */
  headers?: Record<string, string>;
  /** Added to each address. */
  query?: Record<string, string>;
}

export interface BatchClientOptions {
  /** Where the key comes from, for sentences: `OPENAI_API_KEY`. */
  keySource: string;
  /** Silence after which a call counts as broken (60 s). */
  timeoutMs?: number;
  /** Of a call that fails without having been refused for good (5). */
  attempts?: number;
  /** How long a call waits while the provider takes none, before it gives up (10 minutes). */
  patienceMs?: number;
  /** Calls at once (8). */
  connections?: number;
  /** Told when the provider takes no call for a while. */
  onWait?: (waitMs: number, sentence: string) => void;
}

/** A file to upload; its content is read again where an upload has to be repeated. */
export interface FileToUpload {
  /** Ends in `.jsonl`. */
  name: string;
  bytes: number;
  content: () => AsyncIterable<Uint8Array>;
}

export interface BatchToCreate {
  input_file_id: string;
  endpoint: string;
  /** At most 16 members; values have 512 characters at most. */
  metadata: Record<string, string>;
  /** The file's content again, for providers that take the requests with the batch. */
  content?: () => AsyncIterable<Uint8Array>;
}

/** A file as the provider knows it; null where it does not say. */
export type UploadedFile = {
  id: string;
  bytes: number | null;
  /** Unix seconds of the provider's clock: no batch of the file is older. */
  created_at: number | null;
};
export type BatchPage = { batches: Batch[]; hasMore: boolean };
type Signal = { signal?: AbortSignal | undefined };
type Before = {
  /** Called right before the call is sent; what it throws is thrown, and nothing is sent. */
  before?: () => void;
};

/**
 * The provider's files and batches. Every call waits as long as the provider asks (429, Retry-After), all calls of one
 * client together; those that failed without being refused are repeated, but for `createBatch`, since each batch is paid.
 * All throw BatchApiError.
 */
export interface BatchApi extends AsyncDisposable {
  uploadFile(file: FileToUpload, options?: Signal): Promise<UploadedFile>;
  /** Where the error is uncertain (fault.ts) the batch may exist: look for its metadata before it is created again. */
  createBatch(batch: BatchToCreate, options?: Signal & Before): Promise<Batch>;
  retrieveBatch(id: string, options?: Signal): Promise<Batch>;
  /** The newest first; one page of at most 100. */
  listBatches(options?: Signal & { after?: string | undefined; limit?: number }): Promise<BatchPage>;
  cancelBatch(id: string, options?: Signal): Promise<Batch>;
  retrieveFile(id: string, options?: Signal): Promise<UploadedFile>;
  /** Streamed; what breaks it off is thrown by the iteration and not repeated, since its reader must start again. */
  fileContent(id: string, options?: Signal): Promise<AsyncIterable<Uint8Array>>;
  deleteFile(id: string, options?: Signal): Promise<void>;
}

const FileAnswer = z.looseObject({
  id: z.string().min(1),
  bytes: z.number().nullish(),
  created_at: z.number().nullish(),
});
/** What other tools made, and is no batch in any state that is known, is none of ours. */
const Page = z.looseObject({ data: z.array(z.unknown()), has_more: z.boolean().nullish() });

export function openBatchApi(options: BatchApiOptions): BatchApi {
  const { baseUrl, key, keyHeaders, query, keySource, timeoutMs = 60_000, connections = 8 } = options;
  const headers = { accept: "application/json", "user-agent": "assay", ...options.headers };
  const calls = openCalls({ baseUrl, key, keyHeaders, query, keySource, headers, timeoutMs, connections });
  const { attempts = 5, patienceMs = 600_000, onWait } = options;
  const patience = openPatience({ attempts, patienceMs, onWait });

  const ask = async <Answer>(
    schema: z.ZodType<Answer>,
    [method, path]: ["GET" | "POST" | "DELETE", string],
    subject: string,
    { signal, json, form, before, repeatable = true, creates }: Signal & Asked = {},
  ): Promise<Answer> => {
    const act = async () => {
      before?.();
      const text = await calls.text(method, path, { subject, signal, json, form, creates });
      return parsed(schema, text, { subject, baseUrl, keySource });
    };
    return await patience.call(act, { repeatable, signal });
  };
  const batch = (id: string) => `/batches/${encodeURIComponent(id)}`;
  const file = (id: string) => `/files/${encodeURIComponent(id)}`;

  return {
    uploadFile: async ({ name, bytes, content }, { signal } = {}) => {
      const form = fileForm(name, "batch", bytes, content);
      return uploaded(await ask(FileAnswer, ["POST", "/files"], `file ${name}`, { signal, form }));
    },
    createBatch: ({ content: _, ...created }, { signal, before } = {}) => {
      const json = { completion_window: "24h", ...created };
      const subject = `file ${created.input_file_id}`;
      return ask(Batch, ["POST", "/batches"], subject, {
        signal,
        json,
        before,
        repeatable: false,
        creates: true,
      });
    },
    retrieveBatch: (id, options) => ask(Batch, ["GET", batch(id)], `batch ${id}`, options),
    listBatches: async ({ after, limit = 100, signal } = {}) => {
      const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) });
      const page = await ask(Page, ["GET", `/batches?${query}`], "list of batches", { signal });
      const batches = page.data.flatMap((one) => Batch.safeParse(one).data ?? []);
      return { batches, hasMore: page.has_more ?? false };
    },
    cancelBatch: (id, options) => ask(Batch, ["POST", `${batch(id)}/cancel`], `batch ${id}`, options),
    retrieveFile: async (id, options) =>
      uploaded(await ask(FileAnswer, ["GET", file(id)], `file ${id}`, options)),
    fileContent: (id, { signal } = {}) => {
      const open = () => calls.stream(`${file(id)}/content`, { subject: `file ${id}`, signal });
      return patience.call(open, { repeatable: true, signal });
    },
    deleteFile: async (id, options) => {
      await ask(z.unknown(), ["DELETE", file(id)], `file ${id}`, options);
    },
    [Symbol.asyncDispose]: () => calls.close(),
  };
}

interface Asked {
  before?: (() => void) | undefined;
  json?: object;
  form?: FileForm;
  repeatable?: boolean;
  creates?: boolean;
}

function parsed<Answer>(schema: z.ZodType<Answer>, text: string, about: About): Answer {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw classifyGarbage(text, about, cause);
  }
}

function uploaded({ id, bytes, created_at }: z.infer<typeof FileAnswer>): UploadedFile {
  return { id, bytes: bytes ?? null, created_at: created_at ?? null };
}
