import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { register } from "prom-client";
import { EXIT, UserError } from "../../errors.ts";

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves /metrics, /healthz (the process lives) and /readyz (it does its work).
 * @throws UserError when the port is taken
 */
export async function openHealthServer(
  host: string,
  port: number,
  ready: () => boolean,
): Promise<HealthServer> {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0];
    if (path === "/metrics") {
      response.setHeader("content-type", register.contentType);
      response.end(await register.metrics());
    } else if (path === "/healthz") {
      response.end("ok\n");
    } else if (path === "/readyz") {
      response.statusCode = ready() ? 200 : 503;
      response.end(ready() ? "ready\n" : "not ready\n");
    } else {
      response.statusCode = 404;
      response.end("Here are /metrics, /healthz and /readyz.\n");
    }
  });
  await listen(server, host, port);
  server.unref();
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound.port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const sentence = `Port ${port} on ${host} cannot be used (${(cause as NodeJS.ErrnoException).code}): set ASSAY_HTTP_PORT to a free one, or 0 for any.`;
      reject(new UserError(sentence, { cause, exitCode: EXIT.couldNotRun }));
    });
    server.listen(port, host, () => resolve());
  });
}
