import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiError, badRequest } from "../http/api-errors.ts";
import type { Simulation } from "../simulation.ts";
import type { StoredFile } from "./file-store.ts";
import { boundaryOf, FormError, readForm } from "./multipart.ts";

/** A whole upload that was read to disk and is not yet known to anyone. */
export type Upload = Omit<StoredFile, "id" | "createdMs">;

const MOST_FIELD_BYTES = 64 * 1024;
const MOST_FILE_BYTES = 512 * 1024 * 1024;
const PURPOSES = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

/**
 * Reads a POST /v1/files to disk as it arrives, at no more than `uploadBytesPerSecond`. An error comes only when all was
 * read, since a client that still sends takes an early answer for a broken connection.
 */
export async function readUpload(
  simulation: Simulation,
  request: IncomingMessage,
): Promise<Upload | ApiError> {
  // A form that is given up is read to its end all the same.
  const body = request.iterator({ destroyOnReturn: false });
  const boundary = boundaryOf(request.headers["content-type"]);
  if (boundary === null) {
    await passOver(body);
    return badRequest("The request is not multipart/form-data with a boundary.");
  }
  const path = simulation.files.newPath();
  try {
    const form = await readToDisk(slowed(simulation, body), boundary, path);
    const error = errorOf(form, simulation);
    if (!error) return { ...form, filename: form.filename!, purpose: form.purpose!, path };
    await rm(path, { force: true });
    return error;
  } catch (error) {
    await rm(path, { force: true });
    if (!(error instanceof FormError)) throw error;
    await passOver(request);
    return badRequest(error.message);
  }
}

async function passOver(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of source);
}

type Form = { filename: string | null; purpose: string | null; bytes: number; sha256: string };

async function readToDisk(source: AsyncIterable<Buffer>, boundary: string, path: string): Promise<Form> {
  await using file = await open(path, "w");
  const digest = createHash("sha256");
  const form = { filename: null as string | null, purpose: null as string | null, bytes: 0 };
  let part = "";
  for await (const event of readForm(source, boundary)) {
    if (event.kind === "part") {
      part = event.name;
      if (part === "file") form.filename = event.filename ?? "";
      if (part === "purpose") form.purpose = "";
    } else if (part === "file") {
      form.bytes += event.bytes.length;
      if (form.bytes > MOST_FILE_BYTES) continue;
      digest.update(event.bytes);
      await file.writeFile(event.bytes);
    } else if (part === "purpose" && form.purpose!.length < MOST_FIELD_BYTES) {
      form.purpose += event.bytes.toString("utf8");
    }
  }
  return { ...form, sha256: digest.digest("hex") };
}

/** Hands on what arrives no faster than the option says; the sender is held up by not being read from. */
async function* slowed({ settings }: Simulation, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { uploadBytesPerSecond, batchSpeed } = settings;
  const bytesPerMs = (uploadBytesPerSecond * batchSpeed) / 1000;
  const startMs = performance.now();
  let bytes = 0;
  for await (const chunk of source) {
    yield chunk;
    bytes += chunk.length;
    const waitMs = bytesPerMs > 0 ? startMs + bytes / bytesPerMs - performance.now() : 0;
    if (waitMs > 0) await delay(waitMs, undefined, { ref: false });
  }
}

function errorOf({ filename, purpose, bytes }: Form, { settings }: Simulation): ApiError | null {
  if (filename === null) return missing("file");
  if (purpose === null) return missing("purpose");
  if (!PURPOSES.includes(purpose)) {
    const known = PURPOSES.map((one) => `'${one}'`).join(", ");
    return badRequest(`'${purpose}' is not one of [${known}] - 'purpose'`, "purpose");
  }
  if (bytes > MOST_FILE_BYTES || (purpose === "batch" && bytes > settings.batchMaxBytes)) {
    const most = purpose === "batch" ? settings.batchMaxBytes : MOST_FILE_BYTES;
    const message = `The file has ${bytes} bytes, but the most for purpose '${purpose}' is ${most}.`;
    return { status: 413, message, type: "invalid_request_error", param: "file", code: "file_too_large" };
  }
  if (purpose === "batch" && !filename.endsWith(".jsonl")) {
    return badRequest("Invalid file format for Batch API. Must be .jsonl");
  }
  return null;
}

function missing(name: string): ApiError {
  return badRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
}
