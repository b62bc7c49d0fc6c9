import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Call {
  method: string;
  path: string;
  key: string | undefined;
  body: Buffer;
}

type Answer = (call: Call, response: ServerResponse, request: IncomingMessage) => void;

export interface PlayedProvider extends AsyncDisposable {
  url: string;
  calls: Call[];
  /** What a call such as `GET /batches/b` gets; several answers are given in turn, the last again and again. */
  on(route: string, ...answers: Answer[]): void;
}

/** A provider that answers as a test says, for faults that no real one gives at will. */
export async function playedProvider(): Promise<PlayedProvider> {
  const answers = new Map<string, Answer[]>();
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const path = url.replace(/^\/v1/, "").replace(/\?.*/, "");
    const body = await buffer(request);
    const call = { method, path, key: headers.authorization, body };
    calls.push(call);
    const queue = answers.get(`${method} ${path}`) ?? [refusal(404, "not_found", "No such thing.")];
    const answer = queue.length > 1 ? queue.shift()! : queue[0]!;
    answer(call, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    on: (route, ...given) => answers.set(route, given),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (_call, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  };
}

export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return json({ error: { code, message, type: "error", param: null } }, status, headers);
}

/** The content of a file; with `sent` the connection breaks after so many bytes, though more were promised. */
export function content(text: string, sent?: number): Answer {
  return (_call, response) => {
    response.writeHead(200, { "content-length": Buffer.byteLength(text) });
    if (sent === undefined) response.end(text);
    else response.write(text.slice(0, sent), () => setTimeout(() => response.destroy(), 20));
  };
}

/** Carries the call out and never says so. */
export const silence: Answer = (_call, _response, request) => request.socket.destroy();

export function batch(id: string, status: string, changes: Record<string, unknown> = {}) {
  return {
    id,
    object: "batch",
    status,
    endpoint: "/v1/chat/completions",
    input_file_id: "file-in",
    completion_window: "24h",
    created_at: 1_790_000_000,
    request_counts: { total: 3, completed: 2, failed: 1 },
    ...changes,
  };
}
