import { Readable } from "node:stream";
import { type Dispatcher, request } from "undici";
import { connectionsTo } from "../network/connections.ts";
import { redact } from "../words/redact.ts";
import { type About, classifyBreak, classifyRefusal } from "./classify.ts";
import { decoded } from "./decoded.ts";
import { BatchApiError } from "./fault.ts";
import { ContentError, type FileForm } from "./multipart.ts";

export interface CallOptions {
  subject: string;
  /** Redirects lead to what is asked for: never with the key. */
  follows?: boolean;
  /** It creates a batch of a file. */
  creates?: boolean | undefined;
  signal?: AbortSignal | undefined;
  form?: FileForm | undefined;
  json?: object | undefined;
}

/** Single calls to the provider: an answer with a 2xx status, or a BatchApiError. */
export interface Calls {
  /** The whole answer. */
  text(method: Method, path: string, options: CallOptions): Promise<string>;
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
  const { origin } = new URL(baseUrl);
  const pool: Dispatcher = connectionsTo(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
  });
  const secrets = key === undefined ? [] : [key];
  const about = (subject: string): About => ({ subject, baseUrl, keySource });
  const translated = (cause: unknown, call: CallOptions) => faultOf(cause, call, about(call.subject));
  const broken = <Result>(call: CallOptions, act: () => Promise<Result>): Promise<Result> =>
    act().catch((cause: unknown) => {
      throw translated(cause, call);
    });

  const send = async (method: Method, path: string, call: CallOptions) => {
    const first = await broken(call, () =>
      pool.request({ origin, ...requestOf(options, method, path, call) }),
    );
    const answer = call.follows ? await broken(call, () => followed(first, origin, call.signal)) : first;
    const { statusCode: status, headers, body } = answer;
    if (status >= 200 && status < 300) return { body, headers };
    const said = await broken(call, () => body.text());
    const header = (name: string) => [headers[name]].flat()[0];
    throw classifyRefusal(
      { status, header, body: redact(said, secrets) },
      { ...about(call.subject), creates: call.creates },
    );
  };

  return {
    text: async (method, path, call) => {
      const { body, headers } = await send(method, path, call);
      return await broken(call, () => textOf(decoded(body, encodingOf(headers))));
    },
    stream: async (path, call) => {
      const { body, headers } = await send("GET", path, { ...call, follows: true });
      return (async function* () {
        try {
          yield* decoded(body, encodingOf(headers));
        } catch (cause) {
          throw translated(cause, call);
        }
      })();
    },
    close: () => pool.destroy(),
  };
}

type Method = "GET" | "POST" | "DELETE";

function requestOf(options: CallsOptions, method: Method, path: string, { form, json, signal }: CallOptions) {
  const { key } = options;
  const keyHeaders = options.keyHeaders ?? (key === undefined ? {} : { authorization: `Bearer ${key}` });
  const content = json === undefined ? null : JSON.stringify(json);
  return {
    path: withQuery(`${new URL(options.baseUrl).pathname.replace(/\/$/, "")}${path}`, options.query),
    method,
    headers: {
      ...options.headers,
      ...keyHeaders,
      ...form?.headers,
      ...(content !== null && { "content-type": "application/json" }),
    },
    body: form ? Readable.from(form.body(), { objectMode: false }) : content,
    signal: signal ?? null,
  };
}

/** What a call that broke off is thrown as. */
function faultOf(cause: unknown, { signal }: CallOptions, about: About): unknown {
  // Who gave up the call knows why, and so does who could not read what was to be sent.
  if (signal?.aborted) return signal.reason;
  if (cause instanceof ContentError) return cause.cause;
  return cause instanceof BatchApiError ? cause : classifyBreak(cause, about);
}

type HttpAnswer = Awaited<ReturnType<typeof request>>;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 3;

/** Where content lies elsewhere it is fetched from there, without the key and whatever else is sent to the provider. */
async function followed(
  first: HttpAnswer,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  let answer = first;
  let from = origin;
  for (let hops = 0; REDIRECTS.has(answer.statusCode) && hops < MOST_REDIRECTS; hops++) {
    const location = [answer.headers.location].flat()[0];
    if (location === undefined) return answer;
    const to = new URL(location, from);
    // What came encrypted does not go on in the open.
    if (to.protocol !== "https:" && !(to.protocol === "http:" && from.startsWith("http:"))) return answer;
    await answer.body.dump();
    answer = await request(to, { method: "GET", signal: signal ?? null });
    from = to.href;
  }
  return answer;
}

const encodingOf = (headers: HttpAnswer["headers"]) => [headers["content-encoding"]].flat()[0];

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString("utf8");
}

function withQuery(path: string, query: Record<string, string> | undefined): string {
  if (query === undefined) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(query)}`;
}
