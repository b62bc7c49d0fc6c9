import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { messageOf, UserError } from "../../errors.ts";

const CHUNK_BYTES = 1024 * 1024;

export type Compression = "none" | "gzip" | "zstd";

/** Told by the first bytes, not by the name. */
export function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : "none";
}

/** The content of a file, decompressed, in chunks of about 1 MiB. @throws UserError if it is cut off or unreadable */
export async function* fileBytes(path: string, compression: Compression): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of openStream(path, compression)) yield chunk as Buffer;
  } catch (cause) {
    if (compression !== "none" && (cause as NodeJS.ErrnoException).code?.startsWith("Z")) {
      throw new UserError(
        `${basename(path)} is not a whole ${compression} file (${messageOf(cause)}): get or compress it again.`,
        { cause },
      );
    }
    throw unreadable(path, cause);
  }
}

function openStream(path: string, compression: Compression): Readable {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (compression === "none") return file;
  const unpack = compression === "gzip" ? createGunzip : createZstdDecompress;
  return pipeline(file, unpack({ chunkSize: CHUNK_BYTES }), () => {});
}

/** The sentence for a file that the system does not let us read. */
export function unreadable(path: string, cause: unknown): UserError {
  const code = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
  const why: Record<string, string> = {
    ENOENT: "does not exist: check the path",
    EISDIR: "is a folder or a device: name one file",
    EACCES: "may not be read by this user: check its permissions",
  };
  return new UserError(`${path} ${why[code] ?? `cannot be read (${code}): check the disk and the path`}.`, {
    cause,
    exitCode: code in why ? 2 : 3,
  });
}
