import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A server that passes calls on to another and keeps their bodies. */
export interface RecordingProxy extends AsyncDisposable {
  url: string;
  bodies: Record<string, unknown>[];
}

/** @param target as OPENAI_BASE_URL */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { "content-type": type = "application/json", authorization = "" } = request.headers;
    const headers = { "content-type": type, authorization };
    const path = request.url!.replace(/^\/v1/, "");
    const sent = request.method === "POST" ? { method: "POST", headers, body } : { headers };
    if (path === "/chat/completions") bodies.push(JSON.parse(body));
    const answer = await fetch(target + path, sent);
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    bodies,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
