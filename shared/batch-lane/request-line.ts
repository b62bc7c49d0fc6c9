import { bodyStartOf } from "../providers/openai/request-body.ts";

/** Makes and reads the request lines of one job, whose bodies differ in their messages alone. */
export interface RequestLines {
  /** The row's line, with its line feed. @param messages JSON text, sent as it is */
  line(row: number, messages: string): string;
  /** The messages of a line that `line` made. */
  messagesOf(line: string): string;
}

export const BATCH_ENDPOINT = "/v1/chat/completions";
const END = "}}";

/** @param request the body of all requests, but for their messages */
export function requestLines(request: Record<string, unknown>): RequestLines {
  const middle = `","method":"POST","url":"${BATCH_ENDPOINT}","body":${bodyStartOf(request)}`;
  return {
    line: (row, messages) => `{"custom_id":"${row}${middle}${messages}${END}\n`,
    messagesOf: (line) => {
      const start = line.indexOf(middle) + middle.length;
      return line.trimEnd().slice(start, -END.length);
    },
  };
}
