import { UserError } from "../../errors.ts";
import { type Fault, MAX_ROW_BYTES } from "./source-row.ts";

/** One record; `line` is where it begins, `quoted` whether its last cell stood in quotes. */
export interface CsvRecord {
  fields: string[];
  line: number;
  quoted: boolean;
  fault?: Fault;
}

/**
 * RFC 4180 as a machine that can stop anywhere: text goes in piece by piece, whole records come out. A quote opens a
 * quoted cell only at the cell's beginning; a quote in the middle of an unquoted cell is text, as spreadsheets take it.
 */
export class CsvScanner {
  readonly #separator: string;
  readonly #name: string;
  #state: "begin" | "plain" | "quoted" | "after" = "begin";
  #cell = "";
  #record: CsvRecord = { fields: [], line: 1, quoted: false };
  #line = 1;

  constructor(separator: string, name: string) {
    this.#separator = separator;
    this.#name = name;
  }

  scan(text: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      if (this.#state === "quoted") at = this.#readQuoted(text, at);
      else if (this.#state === "after") at = this.#readAfterQuote(text, at, records);
      else at = this.#readPlain(text, at, records);
    }
    return records;
  }

  /** The last record, where the file does not end with a line break. @throws UserError if a quote is not closed */
  end(): CsvRecord[] {
    if (this.#state === "quoted") {
      throw new UserError(
        `${this.#name} is cut off or has a quote that is not closed: the row that begins at line ${this.#record.line} never ends.`,
      );
    }
    const records: CsvRecord[] = [];
    if (this.#state !== "begin" || this.#record.fields.length > 0) this.#endRecord(records);
    return records;
  }

  #readPlain(text: string, from: number, records: CsvRecord[]): number {
    if (this.#state === "begin" && text[from] === '"') {
      this.#state = "quoted";
      this.#record.quoted = true;
      return from + 1;
    }
    const separator = this.#separator.charCodeAt(0);
    let at = from;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === separator || code === 10) break;
    }
    this.#cell += text.slice(from, at);
    this.#state = "plain";
    if (at < text.length) this.#endAt(text[at]!, records);
    return at + 1;
  }

  #readQuoted(text: string, from: number): number {
    const quote = text.indexOf('"', from);
    const end = quote < 0 ? text.length : quote;
    const piece = text.slice(from, end);
    this.#cell += piece;
    if (this.#cell.length > MAX_ROW_BYTES) {
      throw new UserError(
        `${this.#name} has a cell longer than ${MAX_ROW_BYTES} characters, beginning at line ${this.#record.line}: is its quote not closed?`,
      );
    }
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) this.#line++;
    if (quote >= 0) this.#state = "after";
    return end + 1;
  }

  /** After a quote inside a quoted cell: it was the first of a doubled quote, or the cell's end. */
  #readAfterQuote(text: string, at: number, records: CsvRecord[]): number {
    const char = text[at]!;
    if (char === '"') {
      this.#cell += '"';
      this.#state = "quoted";
    } else if (char === this.#separator || char === "\n") {
      this.#endAt(char, records);
    } else if (char !== "\r") {
      this.#record.fault = { reason: "malformed_csv", message: "has text after a cell's closing quote" };
      this.#state = "plain";
      return at;
    }
    return at + 1;
  }

  #endAt(char: string, records: CsvRecord[]): void {
    if (char === "\n") {
      this.#line++;
      this.#endRecord(records);
    } else {
      this.#endCell();
    }
  }

  #endCell(): void {
    this.#record.fields.push(this.#cell);
    this.#cell = "";
    this.#state = "begin";
    this.#record.quoted = false;
  }

  #endRecord(records: CsvRecord[]): void {
    if (this.#state !== "after" && this.#cell.endsWith("\r")) this.#cell = this.#cell.slice(0, -1);
    const { quoted } = this.#record;
    this.#endCell();
    records.push({ ...this.#record, quoted });
    this.#record = { fields: [], line: this.#line, quoted: false };
  }
}
