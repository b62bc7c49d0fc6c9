import { crc32 } from "node:zlib";

/**
 * A part's sidecar tells which rows its lines are, so that a restart reads a few bytes a row instead of all answers.
 * It is a sequence of blocks, one a commit: magic, count, dataBytes, checksum (uint32 little-endian each), then `count`
 * entries of row, line bytes (with the line feed), prompt tokens, completion tokens (uint32) and flags (uint8). The
 * checksum covers the entries and the lines they stand for.
 */
export interface IndexEntry {
  row: number;
  bytes: number;
  promptTokens: number;
  completionTokens: number;
  ok: boolean;
  truncated: boolean;
}

const MAGIC = 0x31425341;
const HEADER_BYTES = 16;
const ENTRY_BYTES = 17;
const OK = 1;
const TRUNCATED = 2;

export function encodeBlock(entries: readonly IndexEntry[], data: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(HEADER_BYTES + entries.length * ENTRY_BYTES);
  let at = HEADER_BYTES;
  for (const entry of entries) {
    block.writeUInt32LE(entry.row, at);
    block.writeUInt32LE(entry.bytes, at + 4);
    block.writeUInt32LE(entry.promptTokens, at + 8);
    block.writeUInt32LE(entry.completionTokens, at + 12);
    block.writeUInt8((entry.ok ? OK : 0) | (entry.truncated ? TRUNCATED : 0), at + 16);
    at += ENTRY_BYTES;
  }
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt32LE(entries.length, 4);
  block.writeUInt32LE(data.length, 8);
  block.writeUInt32LE(crc32(data, crc32(block.subarray(HEADER_BYTES))), 12);
  return block;
}

export interface Block {
  entries: IndexEntry[];
  dataBytes: number;
  checksum: number;
  /** Bytes of the whole block in the sidecar. */
  bytes: number;
  /** The encoded entries, for checking the checksum. */
  body: Buffer;
}

/** The block that starts at `at`, or undefined where the sidecar holds no whole block there. */
export function decodeBlock(index: Buffer, at: number): Block | undefined {
  if (at + HEADER_BYTES > index.length || index.readUInt32LE(at) !== MAGIC) return undefined;
  const count = index.readUInt32LE(at + 4);
  const bytes = HEADER_BYTES + count * ENTRY_BYTES;
  if (at + bytes > index.length) return undefined;
  const body = index.subarray(at + HEADER_BYTES, at + bytes);
  const entries = Array.from({ length: count }, (_, place) => decodeEntry(body, place * ENTRY_BYTES));
  return {
    entries,
    dataBytes: index.readUInt32LE(at + 8),
    checksum: index.readUInt32LE(at + 12),
    bytes,
    body,
  };
}

function decodeEntry(body: Buffer, at: number): IndexEntry {
  const flags = body.readUInt8(at + 16);
  return {
    row: body.readUInt32LE(at),
    bytes: body.readUInt32LE(at + 4),
    promptTokens: body.readUInt32LE(at + 8),
    completionTokens: body.readUInt32LE(at + 12),
    ok: (flags & OK) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
  };
}
