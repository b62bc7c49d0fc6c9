import { randomUUID } from "node:crypto";

/** A form that holds a purpose and a file, sent as it is read. */
export interface FileForm {
  headers: Record<string, string>;
  body: () => AsyncGenerator<Uint8Array>;
}

/** What was to be sent could not be read: no fault of the provider. */
export class ContentError extends Error {
  override name = "ContentError";
  constructor(cause: unknown) {
    super("the content could not be read", { cause });
  }
}

/** @param bytes of the content; the call fails where the content turns out to have another number */
export function fileForm(
  name: string,
  purpose: string,
  bytes: number,
  content: () => AsyncIterable<Uint8Array>,
): FileForm {
  const boundary = `assay-${randomUUID()}`;
  const filename = name.replace(/["\r\n]/g, "_");
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n${purpose}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n` +
      "Content-Type: application/jsonl\r\n\r\n",
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(head.length + bytes + tail.length),
    },
    body: async function* () {
      yield head;
      try {
        yield* content();
      } catch (cause) {
        throw new ContentError(cause);
      }
      yield tail;
    },
  };
}
