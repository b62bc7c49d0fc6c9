import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpCall {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage["headers"];
  text: string;
}

export interface HttpAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is, anything else as JSON. */
  body: unknown;
}

export interface PlayedHttp extends AsyncDisposable {
  /** Without a path. */
  readonly origin: string;
  readonly calls: HttpCall[];
}

/** An HTTP server on loopback whose answers a test decides. */
export async function playHttp(
  answer: (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>,
): Promise<PlayedHttp> {
  const calls: HttpCall[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request.setEncoding("utf8")) text += part;
    const call = { method: request.method!, path: request.url!, headers: request.headers, text };
    calls.push(call);
    const { status = 200, headers = {}, body } = await answer(call);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
