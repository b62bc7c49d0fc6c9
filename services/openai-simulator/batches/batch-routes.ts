import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { StoredFile } from "../files/file-store.ts";
import { contentFile, deleteFile, listFiles, retrieveFile, storeUpload } from "../files/files-api.ts";
import { readUpload } from "../files/upload.ts";
import { type ApiError, unknownUrl } from "../http/api-errors.ts";
import { readBody, send, sendError } from "../http/http-message.ts";
import type { Simulation } from "../simulation.ts";
import { callFault, callFaultError, refusalOf } from "./batch-gate.ts";
import type { CallFaultKind } from "./batch-options.ts";
import { cancelBatch, createBatch, listBatches, retrieveBatch } from "./batches-api.ts";

/** Whether a URL belongs to the files and batches endpoints. */
export function isBatchPath(url: string): boolean {
  return /^\/v1\/(files|batches)([/?]|$)/.test(url);
}

/** Answers a call of the files and batches endpoints, or lets it meet its fault. */
export async function answerBatchCall(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const headers = ["x-request-id", requestId];
  const [path = "", search] = (request.url ?? "").split("?", 2);
  const query = new URLSearchParams(search);
  const refusal = refusalOf(simulation, request, path);
  if (refusal) {
    await readAll(request);
    return sendError(response, refusal, headers);
  }
  const route = `${request.method} ${path}`;
  if (route === "POST /v1/files") return answerUpload(simulation, request, response, headers);
  const body = await readAll(request);
  const isCreate = route === "POST /v1/batches";
  const fault = callFault(
    simulation,
    isCreate ? "create" : "read",
    isCreate ? (body?.toString("utf8") ?? "") : route,
  );
  const content = /^GET \/v1\/files\/([^/]+)\/content$/.exec(route)?.[1];
  if (content === undefined) {
    return withFault(response, headers, fault, () => answerOf(simulation, route, query, body));
  }
  const file = contentFile(simulation, content);
  if ("status" in file) return sendError(response, file, headers);
  if (fault === null || fault === "cut") return sendContent(response, headers, file, fault === "cut");
  return withFault(response, headers, fault, () => ({}));
}

async function answerUpload(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
): Promise<void> {
  const upload = await readUpload(simulation, request);
  if ("status" in upload) return sendError(response, upload, headers);
  const fault = callFault(simulation, "upload", upload.sha256);
  if (fault !== null && fault !== "lost") await rm(upload.path, { force: true });
  withFault(response, headers, fault, () => storeUpload(simulation, upload));
}

/** `act` is done, or not, as the fault has it. */
function withFault(
  response: ServerResponse,
  headers: string[],
  fault: CallFaultKind | null,
  act: () => object | ApiError,
): void {
  if (fault === "hang") return;
  if (fault === "429" || fault === "500" || fault === "503") {
    sendError(response, callFaultError(fault), headers);
    return;
  }
  const reply = fault === null || fault === "lost" ? act() : null;
  if (reply === null || fault === "lost") {
    response.socket?.resetAndDestroy();
    return;
  }
  if (isError(reply)) sendError(response, reply, headers);
  else send(response, 200, headers, JSON.stringify(reply));
}

function isError(reply: object | ApiError): reply is ApiError {
  // Files and batches have a status too, which is a word.
  return "status" in reply && typeof reply.status === "number";
}

function answerOf(
  simulation: Simulation,
  route: string,
  query: URLSearchParams,
  body: Buffer | null,
): object | ApiError {
  const [method = "", path = ""] = route.split(" ");
  const [, , collection, id, action] = path.split("/");
  switch (`${method} ${collection}${id ? "/id" : ""}${action ? `/${action}` : ""}`) {
    case "GET files":
      return listFiles(simulation, query);
    case "GET files/id":
      return retrieveFile(simulation, id!);
    case "DELETE files/id":
      return deleteFile(simulation, id!);
    case "POST batches":
      return createBatch(simulation, body);
    case "GET batches":
      return listBatches(simulation, query);
    case "GET batches/id":
      return retrieveBatch(simulation, id!);
    case "POST batches/id/cancel":
      return cancelBatch(simulation, id!);
    default:
      return unknownUrl(method, path);
  }
}

/** Streams a file; `isCut` ends the connection halfway. */
async function sendContent(
  response: ServerResponse,
  headers: string[],
  file: StoredFile,
  isCut: boolean,
): Promise<void> {
  headers.push("content-type", "application/octet-stream", "content-length", String(file.bytes));
  response.writeHead(200, headers);
  const end = isCut ? Math.floor(file.bytes / 2) - 1 : file.bytes - 1;
  if (end >= 0) await pipeline(createReadStream(file.path, { end }), response, { end: !isCut });
  if (isCut) response.destroy();
  else response.end();
}

function readAll(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => readBody(request, resolve));
}
