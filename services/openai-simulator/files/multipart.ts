/** A form with files, read as it arrives: each part is announced, then its bytes follow in pieces of any size. */
export type FormEvent =
  | { kind: "part"; name: string; filename: string | null }
  | { kind: "bytes"; bytes: Buffer };

/** The body is no multipart form: wrong or missing boundary, a part without a name, or an early end. */
export class FormError extends Error {}

const MOST_HEADER_BYTES = 16 * 1024;
const END_OF_HEADERS = "\r\n\r\n";
const LAST = Buffer.from("--");

/** The boundary that a content-type names, or null where it names none. */
export function boundaryOf(contentType: string | undefined): string | null {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? "")) return null;
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType!);
  return match?.[1] ?? match?.[2] ?? null;
}

/**
 * Reads a multipart/form-data body. It holds back no more than a delimiter's length of a part, whatever the part's size.
 * @throws FormError where the body is none.
 */
export async function* readForm(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<FormEvent> {
  const parser = new FormParser(boundary);
  for await (const chunk of source) yield* parser.push(chunk);
  parser.end();
}

class FormParser {
  readonly #delimiter: Buffer;
  // The first delimiter stands without the line break that belongs to all others.
  #held: Buffer = Buffer.from("\r\n");
  #state: "preamble" | "delimiter" | "headers" | "bytes" | "end" = "preamble";

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  *push(chunk: Buffer): Generator<FormEvent> {
    // What follows the last delimiter is read, so that the sender can finish, and passed over.
    if (this.#state === "end") return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (let state: string | null = null; state !== this.#state; ) {
      state = this.#state;
      const event = this.#step();
      if (event) yield event;
    }
  }

  /** @throws FormError where the form is not over. */
  end(): void {
    if (this.#state !== "end") throw new FormError("The form ends before its last boundary.");
  }

  /** Takes from what is held as far as the state goes; no other state afterwards means that more bytes are needed. */
  #step(): FormEvent | null {
    if (this.#state === "preamble" || this.#state === "bytes") return this.#toDelimiter();
    if (this.#state === "delimiter" && this.#held.length >= 2) {
      const isLast = this.#held.subarray(0, 2).equals(LAST);
      this.#state = isLast ? "end" : "headers";
      return null;
    }
    return this.#state === "headers" ? this.#readHeaders() : null;
  }

  #toDelimiter(): FormEvent | null {
    const at = this.#held.indexOf(this.#delimiter);
    const certain = at < 0 ? Math.max(0, this.#held.length - this.#delimiter.length + 1) : at;
    const bytes = this.#held.subarray(0, certain);
    this.#held = this.#held.subarray(at < 0 ? certain : at + this.#delimiter.length);
    const isPart = this.#state === "bytes";
    if (at >= 0) this.#state = "delimiter";
    return isPart && bytes.length > 0 ? { kind: "bytes", bytes } : null;
  }

  /** They begin with the line break that ends the delimiter's line. */
  #readHeaders(): FormEvent | null {
    const end = this.#held.indexOf(END_OF_HEADERS);
    if (end < 0 && this.#held.length > MOST_HEADER_BYTES) throw new FormError("A part's headers do not end.");
    if (end < 0) return null;
    const event = announced(this.#held.toString("utf8", 0, end));
    this.#held = this.#held.subarray(end + END_OF_HEADERS.length);
    this.#state = "bytes";
    return event;
  }
}

function announced(headers: string): FormEvent {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? "";
  const name = parameter(disposition, "name");
  if (name === null) throw new FormError("A part of the form has no name.");
  return { kind: "part", name, filename: parameter(disposition, "filename") };
}

function parameter(disposition: string, name: string): string | null {
  const match = new RegExp(`(?:^|;|\\s)${name}="((?:[^"\\\\]|\\\\.)*)"`, "i").exec(disposition);
  return match ? match[1]!.replace(/%22|\\"/g, '"') : null;
}
