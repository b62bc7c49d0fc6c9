import { Readable } from "node:stream";
import { Pool } from "undici";
import { redact } from "../words/redact.ts";
import { type About, classifyBreak, classifyRefusal } from "./classify.ts";
import { BatchApiError } from "./fault.ts";
import { ContentError, type FileForm } from "./multipart.ts";

export interface CallOptions {
  subject: string;
  /** It creates a batch of a file. */
  creates?: boolean | undefined;
  signal?: AbortSignal | undefined;
  form?: FileForm | undefined;
  json?: object | undefined;
}

/** Single calls to the provider: an answer with a 2xx status, or a BatchApiError. */
export interface Calls {
  /** The whole answer. */
  text(method: "GET" | "POST" | "DELETE", path: string, options: CallOptions): Promise<string>;
  /** The answer as it comes; what breaks it off is thrown by the iteration, as a BatchApiError too. */
  stream(path: string, options: CallOptions): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

export interface CallsOptions {
  baseUrl: string;
  key: string | undefined;
  /** How the key is shown; a bearer token if not given. */
  keyHeaders?: Record<string, string> | undefined;
  /** Added to each address. */
  query?: Record<string, string> | undefined;
  /** Sent with each call. */
  headers: Record<string, string>;
  keySource: string;
  /** Silence after which a call counts as broken. */
  timeoutMs: number;
  connections: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

export function openCalls(options: CallsOptions): Calls {
  const { baseUrl, key, keySource, timeoutMs, connections } = options;
  const keyHeaders = options.keyHeaders ?? (key === undefined ? {} : { authorization: `Bearer ${key}` });
  const always = { ...options.headers, ...keyHeaders };
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
  });
  const secrets = key === undefined ? [] : [key];
  const about = (subject: string): About => ({ subject, baseUrl, keySource });

  const send = async (method: "GET" | "POST" | "DELETE", path: string, call: CallOptions) => {
    const { form, json, signal } = call;
    const answer = await broken(call, () =>
      pool.request({
        path: withQuery(`${pathname.replace(/\/$/, "")}${path}`, options.query),
        method,
        headers: {
          ...always,
          ...form?.headers,
          ...(json !== undefined && { "content-type": "application/json" }),
        },
        body: form
          ? Readable.from(form.body(), { objectMode: false })
          : json === undefined
            ? null
            : JSON.stringify(json),
        signal: signal ?? null,
      }),
    );
    const { statusCode: status, headers, body } = answer;
    if (status >= 200 && status < 300) return body;
    const said = await broken(call, () => body.text());
    const header = (name: string) => [headers[name]].flat()[0];
    throw classifyRefusal(
      { status, header, body: redact(said, secrets) },
      { ...about(call.subject), creates: call.creates },
    );
  };

  const broken = async <Result>(call: CallOptions, act: () => Promise<Result>): Promise<Result> => {
    try {
      return await act();
    } catch (cause) {
      throw translated(cause, call);
    }
  };

  const translated = (cause: unknown, { signal, subject }: CallOptions): unknown => {
    // Who gave up the call knows why, and so does who could not read what was to be sent.
    if (signal?.aborted) return signal.reason;
    if (cause instanceof ContentError) return cause.cause;
    return cause instanceof BatchApiError ? cause : classifyBreak(cause, about(subject));
  };

  return {
    text: async (method, path, call) => {
      const body = await send(method, path, call);
      return await broken(call, () => body.text());
    },
    stream: async (path, call) => {
      const body = await send("GET", path, call);
      return (async function* () {
        try {
          for await (const chunk of body) yield chunk as Uint8Array;
        } catch (cause) {
          throw translated(cause, call);
        }
      })();
    },
    close: () => pool.destroy(),
  };
}

function withQuery(path: string, query: Record<string, string> | undefined): string {
  if (query === undefined) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(query)}`;
}
