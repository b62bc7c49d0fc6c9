import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A provider of a test's own making, for answers that the simulator does not give. */
export interface TestProvider extends AsyncDisposable {
  /** Base URL, ending in /v1. */
  readonly url: string;
  /** When each call came, in milliseconds of one clock. */
  readonly arrivals: number[];
}

export interface ProviderCall {
  number: number;
  body: { model: string; messages: { role: string; content: string }[] };
  request: IncomingMessage;
}

export type ProviderAnswer = { status: number; headers?: Record<string, string>; body: string };

export async function startProvider(answer: (call: ProviderCall) => ProviderAnswer): Promise<TestProvider> {
  const arrivals: number[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      arrivals.push(performance.now());
      const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
      reply(response, answer({ number: arrivals.length, body, request }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    arrivals,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A completion with that text. */
export function completionOf(text: string): ProviderAnswer {
  const choice = {
    index: 0,
    message: { role: "assistant", content: text, refusal: null },
    finish_reason: "stop",
  };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  return {
    status: 200,
    body: JSON.stringify({ object: "chat.completion", model: "m", choices: [choice], usage }),
  };
}

export function errorOf(
  status: number,
  error: Record<string, unknown>,
  headers: Record<string, string> = {},
): ProviderAnswer {
  return { status, headers, body: JSON.stringify({ error }) };
}

function reply(response: ServerResponse, { status, headers = {}, body }: ProviderAnswer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body);
}
