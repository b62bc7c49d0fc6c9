import type { Transform } from "node:stream";
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzip,
  inflate,
  zstdDecompress,
} from "node:zlib";

/** How bodies are packed, and how they are unpacked: as they come, or whole. */
interface Packing {
  stream: () => Transform;
  whole: (
    bytes: Buffer,
    options: { maxOutputLength: number },
    done: (error: Error | null, unpacked: Buffer) => void,
  ) => void;
}

const GZIP: Packing = { stream: createGunzip, whole: gunzip };
const PACKINGS: Readonly<Record<string, Packing>> = {
  gzip: GZIP,
  "x-gzip": GZIP,
  deflate: { stream: createInflate, whole: inflate },
  br: { stream: createBrotliDecompress, whole: brotliDecompress },
  zstd: { stream: createZstdDecompress, whole: zstdDecompress },
};

/**
 * As its `content-encoding` says, or as its first two bytes do where a server packs without a word: no JSON begins with
 * those of gzip. @param start of the body
 */
export function packingOf(start: Uint8Array, encoding: string | undefined): Packing | undefined {
  const named = PACKINGS[encoding?.trim().toLowerCase() ?? ""];
  if (named !== undefined) return named;
  return start[0] === 0x1f && start[1] === 0x8b ? GZIP : undefined;
}
