import { Packr } from "msgpackr";
import type { z } from "zod";
import { TerminalError } from "../errors.ts";

/** No shared structures: every message carries its own record table, so that any replica can read it alone. */
const packr = new Packr({ useRecords: true });
const PAST_ASCII = 0x80;

export function encode(body: unknown): Uint8Array {
  return packr.pack(body);
}

/** In JSON for whoever asked in JSON, as any NATS client may; the services ask each other in msgpack. */
export function encodeAnswer(question: Uint8Array, body: unknown): Uint8Array | string {
  return isJson(question) ? JSON.stringify(body) : encode(body);
}

/** Text, or nothing at all. In msgpack a byte of ASCII would be a bare number, which no contract is. */
export function isJson(data: Uint8Array): boolean {
  return data[0] === undefined || data[0] < PAST_ASCII;
}

/**
 * Reads a message body, msgpack or JSON, and checks it against its schema. An empty one says as much as `{}`.
 * @throws TerminalError naming the first faults: the same bytes can never be read.
 */
export function decode<Body>(schema: z.ZodType<Body>, data: Uint8Array): Body {
  const parsed = schema.safeParse(readBytes(data));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new TerminalError(`The message does not fit its contract: ${faults.join("; ")}.`);
}

function readBytes(data: Uint8Array): unknown {
  try {
    if (!isJson(data)) return packr.unpack(data);
    return data.length === 0 ? {} : JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new TerminalError("The message is neither msgpack nor JSON.", { cause });
  }
}
