import type { z } from "zod";
import type { Annotator } from "../../annotators/annotator.ts";
import type { BatchApi, BatchClientOptions, BatchToCreate } from "../../batch-api/batch-api.ts";
import { type Calls, openCalls } from "../../batch-api/calls.ts";
import { classifyGarbage } from "../../batch-api/classify.ts";
import { BatchApiError, isUncertain } from "../../batch-api/fault.ts";
import { openPatience, type Patience } from "../../batch-api/patience.ts";
import { batchIdentity } from "./batch-identity.ts";
import { creationBody, resultLines } from "./batch-lines.ts";
import { batchOf, MessageBatch, MessageBatchPage } from "./message-batch.ts";

const PATH = "/messages/batches";
/** The two clocks may differ so much. */
const SKEW_SECONDS = 300;

/**
 * Anthropic's message batches behind the calls of OpenAI's. There are no files: an upload does nothing, since the requests
 * stand in the body of the creation, and the content of the results is read by the batch's own id.
 */
export function openMessageBatches(
  { baseUrl, headers: own }: Annotator,
  key: string | undefined,
  keyHeaders: Record<string, string>,
  options: BatchClientOptions,
): BatchApi {
  const {
    keySource,
    timeoutMs = 60_000,
    connections = 8,
    attempts = 5,
    patienceMs = 600_000,
    onWait,
  } = options;
  const headers = { accept: "application/json", "user-agent": "assay", ...own };
  const calls = openCalls({ baseUrl, key, keyHeaders, keySource, headers, timeoutMs, connections });
  const patience = openPatience({ attempts, patienceMs, onWait });
  const identity = batchIdentity();
  const shown = (batch: MessageBatch) => batchOf(batch, identity.metadataOf(batch));
  const read: ReadAnswer = (schema, text, subject) => {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw classifyGarbage(text, { subject, baseUrl, keySource }, cause);
    }
  };
  const ask = asking(calls, patience, read);
  const list = (query: Record<string, string>, signal: AbortSignal | undefined) =>
    ask(MessageBatchPage, ["GET", `${PATH}?${new URLSearchParams(query)}`], "list of batches", signal);

  const create = openCreation({ calls, patience, identity, list, read });
  return {
    uploadFile: async ({ name, bytes }) => ({
      id: `requests of ${name}`,
      bytes,
      created_at: Math.floor(Date.now() / 1000) - SKEW_SECONDS,
    }),
    createBatch: async (batch, given = {}) => {
      const created = await create(batch, given);
      identity.created(created.id, batch.metadata);
      return { ...shown(created), input_file_id: batch.input_file_id };
    },
    retrieveBatch: async (id, { signal } = {}) =>
      shown(await ask(MessageBatch, ["GET", pathOf(id)], `batch ${id}`, signal)),
    listBatches: async ({ after, limit = 100, signal } = {}) => {
      const query = { limit: String(limit), ...(after !== undefined && { after_id: after }) };
      const page = await list(query, signal);
      return { batches: page.data.map(shown), hasMore: page.has_more ?? false };
    },
    cancelBatch: async (id, { signal } = {}) =>
      shown(await ask(MessageBatch, ["POST", `${pathOf(id)}/cancel`], `batch ${id}`, signal)),
    retrieveFile: async (id) => ({ id, bytes: null, created_at: null }),
    fileContent: async (id, { signal } = {}) => {
      const open = () => calls.stream(`${pathOf(id)}/results`, { subject: `results of batch ${id}`, signal });
      return resultLines(await patience.call(open, { repeatable: true, signal }));
    },
    deleteFile: async () => {},
    [Symbol.asyncDispose]: () => calls.close(),
  };
}

const pathOf = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

function withoutContent(): BatchApiError {
  const sentence =
    "Anthropic takes the requests with the batch, and this command sends files: use --batch of a job.";
  return new BatchApiError(sentence, { kind: "permanent", code: "no_files", status: 400 });
}

type ReadAnswer = <Answer>(schema: z.ZodType<Answer>, text: string, subject: string) => Answer;

/** A call that may be made again. */
function asking(calls: Calls, patience: Patience, read: ReadAnswer) {
  return async <Answer>(
    schema: z.ZodType<Answer>,
    [method, path]: ["GET" | "POST", string],
    subject: string,
    signal: AbortSignal | undefined,
  ): Promise<Answer> =>
    await patience.call(
      async () => read(schema, await calls.text(method, path, { subject, signal }), subject),
      { repeatable: true, signal },
    );
}

type Given = { signal?: AbortSignal | undefined; before?: () => void };

/** Creations of batches: what they say is kept, so that one whose answer got lost is known again in a list. */
function openCreation(of: {
  calls: Calls;
  patience: Patience;
  identity: ReturnType<typeof batchIdentity>;
  list(
    query: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<z.infer<typeof MessageBatchPage>>;
  read: ReadAnswer;
}): (batch: BatchToCreate, given: Given) => Promise<MessageBatch> {
  return async ({ metadata, content }, { signal, before }) => {
    if (content === undefined) throw withoutContent();
    const earlier = new Set((await of.list({ limit: "100" }, signal)).data.map(({ id }) => id));
    let requests = 0;
    const subject = "new batch";
    const body = async function* () {
      requests = 0;
      yield* creationBody(content(), () => {
        requests += 1;
      });
    };
    const act = async () => {
      before?.();
      const form = { headers: { "content-type": "application/json" }, body };
      return of.read(MessageBatch, await of.calls.text("POST", PATH, { subject, signal, form }), subject);
    };
    try {
      return await of.patience.call(act, { repeatable: false, signal });
    } catch (error) {
      if (isUncertain(error)) of.identity.unanswered({ metadata, requests, before: earlier });
      throw error;
    }
  };
}
