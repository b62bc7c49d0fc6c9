import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { keyOf } from "../batches/batch-gate.ts";
import { answerBatchCall, isBatchPath } from "../batches/batch-routes.ts";
import { decide, type Reply } from "../chat/chat-completions.ts";
import { modelReply } from "../chat/models.ts";
import { type ControlRoutes, controlRoute } from "../control.ts";
import { countPaid } from "../limits/paid-calls.ts";
import type { Simulation } from "../simulation.ts";
import { badRequest, errorBody, unknownUrl } from "./api-errors.ts";
import { readBody, send, sendError } from "./http-message.ts";

const CHAT_PATH = "/v1/chat/completions";
const KEEP_ALIVE_MS = 75_000;

/** The HTTP side: reads requests, lets them be decided, and sends the replies when they are due. */
export function createHttpServer(simulation: Simulation, control: ControlRoutes): Server {
  const identify = requestIds();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    // These read the body themselves, since an upload is not to be held in memory.
    if (isBatchPath(request.url ?? "")) {
      const fail = (error: unknown) => sendFailure(response, error);
      answerBatchCall(simulation, request, response, identify()).catch(fail);
      return;
    }
    readBody(request, (body) => {
      if (!body) return send(response, 413, [], errorBody(badRequest("The request body is too large.")));
      if (request.url === CHAT_PATH && request.method === "POST") {
        return answerChat(simulation, request, response, body, identify());
      }
      answerOther(simulation, control, request, response, body);
    });
  });
  server.timeout = 0;
  return server;
}

function answerChat(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  requestId: string,
): void {
  const { tally, settings } = simulation;
  const nowMs = performance.now();
  const counters = tally.counters();
  counters.requests++;
  counters.maxInFlight = Math.max(counters.maxInFlight, ++counters.inFlight);
  tally.secondAt(nowMs).requests++;
  const given = settings.callHeader === null ? undefined : request.headers[settings.callHeader];
  const callId = typeof given === "string" ? given : undefined;
  const reply = decide(simulation, { body, key: keyOf(request), callId, nowMs });
  if (reply.kind === "hang") {
    response.once("close", () => simulation.tally.counters().inFlight--);
    return;
  }
  const finish = () => finishChat(simulation, response, reply, requestId, nowMs);
  // A timer that waits keeps no process alive: the listening server does.
  if (reply.delayMs < 0.5) finish();
  else setTimeout(finish, Math.round(reply.delayMs)).unref();
}

function finishChat(
  simulation: Simulation,
  response: ServerResponse,
  reply: Exclude<Reply, { kind: "hang" }>,
  requestId: string,
  arrivedMs: number,
): void {
  const nowMs = performance.now();
  simulation.tally.counters().inFlight--;
  if (reply.kind === "body" && reply.paid) countPaid(simulation, reply.paid, nowMs, response.destroyed);
  if (response.destroyed) return;
  if (reply.kind === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const processingMs = String(Math.round(nowMs - arrivedMs));
  const headers = ["x-request-id", requestId, "openai-processing-ms", processingMs, ...reply.headers];
  if (reply.kind === "error") sendError(response, reply.error, headers);
  else send(response, 200, headers, reply.body);
}

function answerOther(
  simulation: Simulation,
  control: ControlRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  const method = request.method ?? "GET";
  const path = (request.url ?? "/").split("?", 1)[0]!;
  if (path === "/v1/models" || path.startsWith("/v1/models/")) {
    const reply = modelReply(simulation, method, path, keyOf(request));
    if ("status" in reply) sendError(response, reply, []);
    else send(response, 200, [], JSON.stringify(reply));
    return;
  }
  controlRoute(control, method, path, body).then(
    (reply) => {
      if (!reply) return sendError(response, unknownUrl(method, path), []);
      send(response, reply.status, [], reply.body, reply.type);
    },
    (error) => sendFailure(response, error),
  );
}

/** A fault of the simulator itself, or a client that left midway. */
function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) response.destroy();
  else send(response, 500, [], errorBody({ ...badRequest(String(error)), status: 500 }));
}

function requestIds(): () => string {
  const start = Math.random().toString(36).slice(2, 10);
  let count = 0;
  return () => `req_sim${start}${(count++).toString(36).padStart(6, "0")}`;
}
