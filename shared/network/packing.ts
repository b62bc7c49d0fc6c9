import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";

type Unpack = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, unpacked: Buffer) => void,
) => void;

const PACKINGS: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: inflate,
  br: brotliDecompress,
  zstd: zstdDecompress,
};
const [GZIP_1, GZIP_2] = [0x1f, 0x8b];

/** How a whole body is packed: as its `content-encoding` says, or as its first bytes do where the server says nothing. */
export function packingOf(body: Buffer, encoding: string | undefined): Unpack | undefined {
  const named = encoding === undefined ? undefined : PACKINGS[encoding.trim().toLowerCase()];
  if (named !== undefined) return named;
  // No JSON begins with these.
  return body[0] === GZIP_1 && body[1] === GZIP_2 ? gunzip : undefined;
}

/** @param done is called later, with the error's words or the bytes */
export function unpack(
  body: Buffer,
  packing: Unpack,
  mostBytes: number,
  done: (error: string | undefined, unpacked: Buffer | undefined) => void,
): void {
  packing(body, { maxOutputLength: mostBytes }, (error, unpacked) =>
    error === null ? done(undefined, unpacked) : done(error.message, undefined),
  );
}
